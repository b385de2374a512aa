package io.github.etcdproxy.internal.members;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MembersClientTest {
    private static final EtcdUrl PEER = EtcdUrl.of("http://10.0.1.10:2380");
    private static final EtcdUrl OTHER = EtcdUrl.of("http://10.0.1.11:2380");
    private static final String GOOD =
            "[{\"id\":1,\"peerURLs\":[\"http://p:1\"],\"name\":\"a\"," + "\"clientURLs\":[\"http://c:1\"]}]";

    private static PeerResponse response(int status, String body) {
        return response(status, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static PeerResponse response(int status, InputStream body) {
        return new PeerResponse(status, Map.of("x-etcd-cluster-id", "CDF818194E3A8C32"), body);
    }

    private static Cluster fetch(String body) throws Exception {
        return new MembersClient(request -> response(200, body), Duration.ofSeconds(1), Duration.ofSeconds(10))
                .fetch(Peers.of(List.of(PEER)), cluster -> cluster);
    }

    private static Cluster recorded(String resource) throws Exception {
        try (InputStream body = MembersClientTest.class.getResourceAsStream(resource)) {
            assertThat(body).as(resource).isNotNull();
            return fetch(new String(body.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void readsWhatEtcd34Answers() throws Exception {
        Cluster cluster = recorded("members-3.4.23.json");

        assertThat(cluster.id()).isEqualTo("cdf818194e3a8c32");
        assertThat(cluster.source()).isEqualTo(PEER);
        assertThat(cluster.members()).extracting(Member::name).containsExactly("infra1", "infra2", "infra0");
        assertThat(cluster.members())
                .extracting(Member::idHex)
                .containsExactly("77fbfd6041c9f8ba", "a023d910eeb241cb", "d194950d851a60da");
        assertThat(cluster.clientUrls())
                .extracting(EtcdUrl::toString)
                .containsExactly("http://127.0.0.1:23791", "http://127.0.0.1:23792", "http://127.0.0.1:23790");
        assertThat(cluster.peerUrls()).hasSize(3);
        assertThat(cluster.awaitsMember()).isFalse();
    }

    @Test
    void leavesOutLearnersAndMembersNotYetStarted() throws Exception {
        Cluster cluster = recorded("members-3.4.23-learner-and-unstarted.json");

        assertThat(cluster.members()).hasSize(3);
        assertThat(cluster.clientUrls()).extracting(EtcdUrl::toString).containsExactly("http://127.0.0.1:22379");
        assertThat(cluster.peerUrls()).hasSize(3);
        assertThat(cluster.awaitsMember()).isTrue();
    }

    @Test
    void holdsIdsOfAll64Bits() throws Exception {
        Cluster cluster = fetch("[{\"id\":18446744073709551615},{\"id\":\"9223372036854775808\"}]");

        assertThat(cluster.members()).extracting(Member::idHex).containsExactly("ffffffffffffffff", "8000000000000000");
    }

    @Test
    void fetch_skipsUnknownFieldsAndUnusableUrls() throws Exception {
        Cluster cluster = fetch("[{\"id\":1,\"new\":{\"a\":[1]},\"peerURLs\":null,"
                + "\"clientURLs\":[\"unix:///run/etcd\",\"http://c:1\",\"http://c:1/\"],\"isLearner\":false}]");

        assertThat(cluster.clientUrls()).extracting(EtcdUrl::toString).containsExactly("http://c:1");
        assertThat(cluster.peerUrls()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{'id':1,'id':2}]                                                | 2",
                "[{'name':7,'id':'2'}]                                            | 2",
                "{'members':[{'id':1}],'members':[{'id':2}]}                      | 2",
                "{'members':[{'ID':'2'}],'header':{'cluster_id':'1','raft_term':1}} | 2",
                "{'name':[],'members':[{'id':2,'header':{'members':1}}],'x':[{}]} | 2",
            })
    void fetch_namesInAnyOrder_lastCounts(String body, String id) throws Exception {
        assertThat(fetch(body.replace('\'', '"')).members())
                .extracting(Member::idHex)
                .containsExactly(id);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200|<html>login</html>|something else than a list of members: \"<html>login</html>\"",
                "200|[{\"id\":1,\"peerURLs\":[\"http|something else than a list of members: \"[{\"id\":1,\"peerURLs\":[\"http\" (Unterminated",
                "200|''|something else than a list of members: \"\" (End of input)",
                "200|[]|an empty list of members",
                "200|{}|something else than a list of members",
                "200|null|something else than a list of members",
                "200|[1]|something else than a list of members",
                "200|[{\"name\":null}]|something else than a list of members: \"[{\"name\":null}]\" (name: expected STRING",
                "200|[{\"peerURLs\":\"http://a:1\"}]|(peerURLs: expected BEGIN_ARRAY",
                "200|[{\"peerURLs\":[null]}]|(expected STRING",
                "200|[{\"isLearner\":\"true\"}]|(isLearner: expected BOOLEAN",
                "200|[{\"id\":null}]|(id: expected STRING",
                "200|[{\"id\":null,\"id\":1}]|(id: expected STRING",
                "200|{\"members\":null}|(members: expected BEGIN_ARRAY",
                "200|{\"header\":[],\"members\":[{\"id\":1}]}|(header: expected BEGIN_OBJECT",
                "200|{\"header\":{\"cluster_id\":\"x\"},\"members\":[{\"id\":1}]}|(the id \"x\" is not an unsigned",
                "200|[{\"id\":-1}]|something else than a list of members",
                "200|[{\"id\":1.5}]|something else than a list of members",
                "200|[{\"id\":18446744073709551616}]|something else than a list of members",
                "200|[{\"id\":1}] [|something else than a list of members",
                "404|404 page not found|answered 404 instead of 200",
                "301|''|answered 301 instead of 200",
                "500|[{\"id\":1}]|answered 500 instead of 200",
            })
    void fetch_badResponse_isSkippedWithReason(int status, String body, String reason) throws Exception {
        MembersClient client = new MembersClient(
                request -> request.uri().toString().startsWith(PEER.toString())
                        ? response(status, body)
                        : response(200, GOOD),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10));

        assertThat(client.fetch(Peers.of(List.of(PEER, OTHER)), cluster -> cluster)
                        .source())
                .isEqualTo(OTHER);
        assertThatThrownBy(() -> client.fetch(Peers.of(List.of(PEER)), cluster -> cluster))
                .isInstanceOf(NoPeerAnsweredException.class)
                .hasMessageStartingWith("http://10.0.1.10:2380: ")
                .hasMessageContaining(reason);
    }

    @Test
    void fetch_endlessResponse_isBounded() {
        AtomicLong read = new AtomicLong();
        AtomicBoolean closed = new AtomicBoolean();
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                read.incrementAndGet();
                return '[';
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                read.addAndGet(length);
                Arrays.fill(bytes, offset, offset + length, (byte) ' ');
                return length;
            }

            @Override
            public void close() {
                closed.set(true);
            }
        };
        MembersClient client =
                new MembersClient(request -> response(200, endless), Duration.ofSeconds(1), Duration.ofSeconds(10));

        assertThatThrownBy(() -> client.fetch(Peers.of(List.of(PEER)), cluster -> cluster))
                .hasMessageContaining("answered with more than 1048576 bytes");
        assertThat(read.get()).isLessThan(2 * MembersClient.MAX_BODY_BYTES);
        assertThat(closed).isTrue();
    }

    @Test
    void fetch_stopsAtFirstUsableResponse() throws Exception {
        List<String> asked = new ArrayList<>();
        MembersClient client = new MembersClient(
                request -> {
                    asked.add(request.uri() + " within " + request.timeout());
                    if (asked.size() == 1) {
                        throw new IOException("refused");
                    }
                    return response(200, GOOD);
                },
                Duration.ofSeconds(1),
                Duration.ofSeconds(10));

        client.fetch(Peers.of(List.of(PEER, OTHER, EtcdUrl.of("http://10.0.1.12:2380"))), cluster -> cluster);

        assertThat(asked)
                .containsExactly(
                        "http://10.0.1.10:2380/members within PT1S", "http://10.0.1.11:2380/members within PT1S");
    }

    /** For each peer, how many milliseconds it takes. */
    @ParameterizedTest
    @CsvSource({
        "1000, 1000, 0@1000",
        "1001, 1000, 0@1000 1@1000", // another one is faster
        "1200, 9000, 0@1000 1@1000 0@10000",
        "10001, 9000, 0@1000 1@1000 0@10000 1@10000",
        "-1, 10000, 0@1000 1@1000 1@10000", // refused at once, and not asked again
    })
    void fetch_slowPeers_getTimeIfNoOtherResponds(long first, long second, String asked) throws Exception {
        assertThat(askedUntilAnswer(first, second)).isEqualTo(asked);
    }

    private String askedUntilAnswer(long... delays) throws Exception {
        List<String> asked = new ArrayList<>();
        MembersClient client = new MembersClient(
                request -> {
                    int peer = request.uri().getPort() == PEER.port()
                                    && request.uri().getHost().equals(PEER.host())
                            ? 0
                            : 1;
                    asked.add(peer + "@" + request.timeout().toMillis());
                    assertThat(request.dialTimeout()).hasValue(Duration.ofSeconds(1));
                    if (delays[peer] < 0) {
                        throw new IOException("refused");
                    }
                    if (delays[peer] > request.timeout().toMillis()) {
                        throw new InterruptedIOException("timeout");
                    }
                    return response(200, GOOD);
                },
                Duration.ofSeconds(1),
                Duration.ofSeconds(10));
        try {
            client.fetch(Peers.of(List.of(PEER, OTHER)), cluster -> cluster);
        } catch (NoPeerAnsweredException e) {
            asked.add(e.getMessage());
        }
        return String.join(" ", asked);
    }

    @Test
    void fetch_silentPeers_areReportedWithTheirTime() throws Exception {
        assertThat(askedUntilAnswer(10_001, 10_001))
                .isEqualTo("0@1000 1@1000 0@10000 1@10000 "
                        + PEER + ": timeout: no complete answer within 10000 ms; "
                        + OTHER + ": timeout: no complete answer within 10000 ms");
    }

    @Test
    void hasTheReasonOfEachPeer() {
        MembersClient client = new MembersClient(
                request -> {
                    throw new IOException("refused by " + request.uri().getPort());
                },
                Duration.ofSeconds(1),
                Duration.ofSeconds(10));

        assertThatThrownBy(() -> client.fetch(Peers.of(List.of(PEER, OTHER)), cluster -> cluster))
                .isInstanceOfSatisfying(
                        NoPeerAnsweredException.class,
                        e -> assertThat(e.reasons())
                                .containsExactly(
                                        Map.entry(PEER, "refused by 2380"), Map.entry(OTHER, "refused by 2380")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cdf818194e3a8c32 | cdf818194e3a8c32",
                "CDF8 | cdf8",
                "'' | ''",
                "'1f\u001b[31m' | ''",
                "'1f\u202e' | ''",
                "'1f 2' | ''",
                "xyz | ''",
                "11111111111111111 | ''",
            })
    void clusterId_thatIsNotHexadecimal_isIgnored(String header, String id) throws Exception {
        Cluster cluster = new MembersClient(
                        request -> new PeerResponse(
                                200,
                                Map.of("x-etcd-cluster-id", header),
                                new ByteArrayInputStream("[{\"id\":1}]".getBytes(StandardCharsets.UTF_8))),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10))
                .fetch(Peers.of(List.of(PEER)), answered -> answered);

        assertThat(cluster.id()).isEqualTo(id);
    }

    @Test
    void manyPeers_messageIsShortAndCountsTheOthers() {
        List<EtcdUrl> peers = IntStream.rangeClosed(1, 1000)
                .mapToObj(port -> new EtcdUrl("http", "a", port))
                .toList();
        MembersClient client = new MembersClient(
                request -> {
                    throw new IOException("refused");
                },
                Duration.ofSeconds(1),
                Duration.ofSeconds(10));

        assertThatThrownBy(() -> client.fetch(Peers.of(peers), cluster -> cluster))
                .isInstanceOfSatisfying(NoPeerAnsweredException.class, e -> {
                    assertThat(e.reasons()).hasSize(50);
                    assertThat(e.getMessage())
                            .startsWith("http://a:1: refused; http://a:2: refused; ")
                            .endsWith("http://a:10: refused and 40 more; the other 950 of 1000 were not asked")
                            .hasSizeLessThan(400);
                });
    }
}
