package io.github.etcdproxy.registry;

import static io.github.etcdproxy.registry.ScriptedPeers.A;
import static io.github.etcdproxy.registry.ScriptedPeers.SECOND;
import static io.github.etcdproxy.registry.ScriptedPeers.members;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.time.VirtualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Answers of another cluster than the known one. All runs on this thread, by a clock that the test moves. */
class ClusterIdTest {
    private final ScriptedPeers peers = new ScriptedPeers();
    private final VirtualTime time = peers.time;

    @Test
    void uselessAnswerOfOurs_preventsAdoption() {
        ClientUrlRegistry registry = peers.start(PeerDiscovery.initialCluster("a=http://a:2380,b=http://b:2380"));
        peers.membersOf.put("a", "[{\"id\":1,\"peerURLs\":[\"http://a:2380\",\"http://b:2380\"]}]"); // no client URLs
        peers.dead.add("c:2380");
        peers.clusterIds.put("b", "2e");
        time.advance(Duration.ofMinutes(10));

        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void peerOfOtherCluster_isPassedOver() {
        ClientUrlRegistry registry = peers.start();
        peers.clusterIds.put("a", "2e");
        peers.clusterIds.put("b", "2e");
        time.advance(Duration.ofMinutes(10));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.status().refreshFailure()).isEmpty();

        // A cluster of ours that is away for a while is not replaced by the first comer either.
        peers.clusterIds.putAll(Map.of("c", "2e", "x", "2e"));
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(
                        why -> assertThat(why).contains("http://c:2380: answered for cluster 2e instead of 1f"));
        peers.clusterIds.clear();
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void restoredCluster_isAdoptedAfterThreeRefreshes() {
        ClientUrlRegistry registry = peers.start();
        peers.clusterId = "2e";
        peers.members = members("d");
        time.advance(Duration.ofSeconds(66)); // two refreshes
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.snapshot().urls()).hasSize(3);

        time.advance(Duration.ofSeconds(33));
        assertThat(registry.snapshot().clusterId()).isEqualTo("2e");
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));
        assertThat(registry.status().refreshFailure()).isEmpty();
    }

    @Test
    void shortOutage_adoptsNoOtherCluster() {
        ClientUrlRegistry registry = peers.start();
        peers.clusterIds.putAll(Map.of("c", "2e", "x", "2e"));
        peers.dead.addAll(List.of("a:2380", "b:2380"));
        for (int i = 0; i < 20; i++) { // failed calls have the members asked for every second
            registry.health().failed(A, "refused", peers.probe);
            time.advance(SECOND);
        }
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");

        peers.dead.clear();
        time.advance(Duration.ofSeconds(40));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.status().refreshFailure()).isEmpty();
    }

    @Test
    void ourPeers_backBeforeAdoption_preventIt() {
        ClientUrlRegistry registry = peers.start();
        peers.clusterIds.putAll(Map.of("a", "2e", "x", "2e"));
        peers.dead.addAll(List.of("b:2380", "c:2380"));
        time.advance(Duration.ofSeconds(66));
        peers.dead.clear();
        time.advance(Duration.ofMinutes(10));

        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void answerWithoutClusterId_keepsKnownOne() {
        ClientUrlRegistry registry = peers.start();
        peers.clusterId = "";
        time.advance(Duration.ofSeconds(33));
        assertThat(registry.status().refreshFailure()).isEmpty();
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");

        peers.clusterId = "2e";
        time.advance(Duration.ofSeconds(33));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void peersThatDisagree_areNeverAdopted() {
        ClientUrlRegistry registry = peers.start();
        peers.clusterIds.putAll(Map.of("a", "2e", "b", "3d", "c", "2e", "x", "2e"));
        time.advance(Duration.ofMinutes(30));

        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.snapshot().urls()).hasSize(3);
    }
}
