package io.github.etcdproxy.internal.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.fuzz.Fuzz;
import io.github.etcdproxy.fuzz.Mutator;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerResponse;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every response of a peer gives members or an error. */
@Tag("once")
@Timeout(120)
class MembersFuzzTest {
    private static final List<String> RIGHT = List.of(
            "[{\"id\":10276657743932975437,\"peerURLs\":[\"http://10.0.1.10:2380\"],\"name\":\"infra0\",\"clientURLs\":[\"http://10.0.1.10:2379\"]}]",
            "{\"members\":[{\"id\":\"8e9e05c52164694d\",\"name\":\"infra0\",\"peerURLs\":[\"http://a:1\"],\"clientURLs\":[]}]}",
            "{\"header\":{\"cluster_id\":\"17237436991929493444\",\"raft_term\":\"2\"},\"members\":[{\"ID\":\"9372538179322589801\","
                    + "\"name\":\"infra1\",\"peerURLs\":[\"http://a:1\"],\"clientURLs\":[\"http://a:2\"],\"isLearner\":true}]}");

    @ParameterizedTest
    @EnumSource(Peers.Port.class)
    void answers(Peers.Port port) {
        Mutator mutator = new Mutator(11, RIGHT);
        Peers peers = new Peers(List.of(EtcdUrl.of("http://a:1")), port, Optional.empty());
        int accepted = 0;
        for (int i = 0; i < Fuzz.INPUTS; i++) {
            byte[] body = mutator.nextBytes();
            String id = mutator.next();
            MembersClient client = new MembersClient(
                    request -> new PeerResponse(200, Map.of("x-etcd-cluster-id", id), new ByteArrayInputStream(body)),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(10));
            accepted += Fuzz.accepts(
                            body, b -> client.fetch(peers, cluster -> cluster), Set.of(NoPeerAnsweredException.class))
                    ? 1
                    : 0;
        }
        assertThat(accepted).isBetween(Fuzz.INPUTS / 1000, Fuzz.INPUTS - Fuzz.INPUTS / 1000);
    }
}
