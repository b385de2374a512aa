package io.github.etcdproxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerDiscoveryTest {
    private static final PeerTransport NOBODY_IS_ASKED = request -> {
        throw new IOException("asked " + request);
    };

    private static List<String> peers(PeerDiscovery discovery) throws Exception {
        return discovery.discover(DiscoveryContext.of(NOBODY_IS_ASKED)).urls().stream()
                .map(EtcdUrl::toString)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "infra0=http://10.0.1.10:2380|http://10.0.1.10:2380",
                "infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380|http://10.0.1.10:2380 http://10.0.1.11:2380",
                "' infra0=http://a:1 , ,infra1= http://b:2,'|http://a:1 http://b:2",
                "infra0=http://a:1,infra0=http://b:2|http://a:1 http://b:2", // one member, two URLs
                "a=http://a:1,b=http://a:1|http://a:1",
                "=http://a:1|http://a:1", // etcd takes an empty name
            })
    void readsAnInitialCluster(String initialCluster, String expected) throws Exception {
        assertThat(peers(PeerDiscovery.initialCluster(initialCluster))).containsExactly(expected.split(" ", -1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|\"\" names no peer",
                "' , '|\" , \" names no peer",
                "infra0|\"infra0\" has no \"=\"",
                "http://10.0.1.10:2380|\"http://10.0.1.10:2380\" has no \"=\"",
                "infra0=http://a:1,infra1|\"infra1\" has no \"=\"",
                "infra0=http://a:1/|infra0: \"http://a:1/\": must not have a path",
                "infra0=a:1|infra0: \"a:1\": write scheme://host:port",
                "infra0=a=http://b:1|infra0: \"a=http://b:1\": the scheme must be http or https",
                "infra0=|infra0: \"\": write scheme://host:port",
            })
    void refusesABadInitialClusterAndNamesTheItem(String initialCluster, String problem) {
        assertThatThrownBy(() -> PeerDiscovery.initialCluster(initialCluster))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("initial-cluster: " + problem);
    }

    @Test
    void showsNoPasswordOfABadItem() {
        assertThatThrownBy(() -> PeerDiscovery.initialCluster("http://user:secret@a:1"))
                .hasMessageContaining("http://***@a:1")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> PeerDiscovery.initialCluster("http://root:sec=ret@a:1/"))
                .hasMessageNotContaining("sec")
                .hasMessageNotContaining("ret@");
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without null checks does
    void namesTheOptionThatIsNull() {
        assertThatThrownBy(() -> PeerDiscovery.initialCluster(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("initial-cluster: null: write name=URL");
    }

    @Test
    void localhost_hasOldAndNewPeerPort() throws Exception {
        assertThat(peers(PeerDiscovery.localhost())).containsExactly("http://localhost:2380", "http://localhost:7001");
    }
}
