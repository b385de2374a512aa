package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.CallStream;
import io.github.etcdproxy.examples.cluster.EtcdMember;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A proxy follows membership changes of a real cluster. */
@Tag("once")
class MembershipIT extends OnRealCluster {
    private void awaitEndpointsOfAllMembers() {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(proxy.status().endpoints())
                        .extracting(endpoint -> endpoint.url().toString())
                        .containsExactlyInAnyOrderElementsOf(cluster.members().stream()
                                .map(EtcdMember::clientUrl)
                                .toList()));
    }

    @Test
    void addedAndRemovedMembers_areFollowed() throws Exception {
        CallStream reads = CallStream.start(4, () -> body(client, get("/v2/keys/a"), 200));
        try (reads) {
            EtcdProcess added = cluster.addMember();
            awaitEndpointsOfAllMembers();
            assertThat(proxy.status().endpoints()).hasSize(4);
            reads.awaitCalls(500);

            EtcdProcess removed = cluster.members().get(1);
            cluster.removeMember(removed);
            awaitEndpointsOfAllMembers();
            assertThat(cluster.members())
                    .contains(added)
                    .doesNotContain(removed)
                    .hasSize(3);
            reads.awaitCalls(500);
        }
        assertThat(reads.failures()).isEmpty();
    }

    @Test
    void picksUpAClientUrlThatChanged() throws Exception {
        EtcdProcess moved = cluster.members().get(0);
        String before = moved.clientUrl();
        CallStream reads = CallStream.start(4, () -> body(client, get("/v2/keys/a"), 200));
        try (reads) {
            String after = moved.moveClientUrl();
            awaitEndpointsOfAllMembers();
            assertThat(after).isNotEqualTo(before);

            // Only the member that moved is left, so a call must reach it.
            reads.close();
            cluster.members().stream().filter(member -> member != moved).forEach(EtcdProcess::kill);
            client.connectionPool().evictAll();
            assertThat(body(client, get("/v2/keys/a"), 200)).contains("\"value\":\"1\"");
        }
        assertThat(reads.failures()).isEmpty();
    }
}
