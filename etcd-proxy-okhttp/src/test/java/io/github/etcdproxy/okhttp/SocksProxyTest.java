package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import java.io.IOException;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A SOCKS proxy between the client and the members, for which OkHttp makes its sockets itself. */
@Timeout(60)
class SocksProxyTest {
    private final SocksServer socks = new SocksServer();

    @AfterEach
    void stop() throws IOException {
        socks.close();
    }

    private RawCluster start(int size, boolean http2) throws Exception {
        return Setup.of(size, http2)
                .withClient(client -> client.proxy(socks.asProxy()))
                .start();
    }

    private static String target(RawMember member) {
        return "127.0.0.1:" + member.port();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void calls_goThroughSocksOnOneConnection(boolean http2) throws Exception {
        try (RawCluster cluster = start(2, http2)) {
            for (int i = 0; i < 5; i++) {
                assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
                assertThat(body(cluster.client(), post("/a", "1"), 200)).startsWith("member");
            }
            assertThat(socks.targets()).containsExactly(target(cluster.member(0)));
            assertThat(cluster.member(0).processed()).isEqualTo(10);
        }
    }

    @Test
    void write_refusedBehindSocks_goesToNextMember() throws Exception {
        try (RawCluster cluster = start(2, false)) {
            cluster.member(0).refuse();

            body(cluster.client(), post("/a", "1"), 200);

            assertThat(cluster.member(1).processed()).isEqualTo(1);
            assertThat(socks.targets()).startsWith(target(cluster.member(0)), target(cluster.member(1)));
            assertThat(cluster.isUp(0)).isFalse();
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @Test
    void write_cutBehindSocks_isUnknown() throws Exception {
        try (RawCluster cluster = start(2, false)) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).fail(Fault.READ_CLOSE);

            assertThat(body(cluster.client(), post("/a", "1"), 502)).contains("\"outcome\":\"unknown\"");
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @Test
    void write_onStaleConnection_isSentOnce() throws Exception {
        try (RawCluster cluster = start(1, false)) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).closeConnections();
            socks.awaitEndOfConnections();

            body(cluster.client(), post("/a", "1"), 200);
            assertThat(cluster.member(0).processed()).isEqualTo(2);
        }
    }

    /** Over HTTP/2, OkHttp may not have read the end of the connection yet when it sends the request. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void read_onStaleConnection_isSentAgain(boolean http2) throws Exception {
        try (RawCluster cluster = start(1, http2)) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).closeConnections();
            socks.awaitEndOfConnections();

            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
        }
    }

    @Test
    void read_hungMemberBehindSocks_goesToNextMember() throws Exception {
        try (RawCluster cluster = start(2, false)) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).fail(Fault.STALL);

            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
            assertThat(cluster.member(1).processed()).isEqualTo(1);
        }
    }

    @Test
    void otherHosts_goThroughSocksAsWell() throws Exception {
        try (RawCluster cluster = start(1, false);
                RawMember other = new RawMember("other", false)) {
            OkHttpClient client = cluster.client();
            assertThat(body(
                            client,
                            get("/a").newBuilder().url(other.url() + "/x").build(),
                            200))
                    .isEqualTo("other");
            assertThat(socks.targets()).containsExactly(target(other));
        }
    }

    @Test
    void write_socksProxyGone_isNotApplied() throws Exception {
        try (RawCluster cluster = start(2, false)) {
            socks.close();

            assertThat(body(cluster.client(), post("/a", "1"), 502))
                    .contains("\"outcome\":\"not-applied\"", "\"phase\":\"connect\"");
            assertThat(cluster.member(0).processed() + cluster.member(1).processed())
                    .isZero();
        }
    }
}
