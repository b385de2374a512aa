package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.CacheControl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which member a call goes to, and to which next, over real sockets. */
class FailoverTest extends OnScriptedCluster {
    @Test
    void calls_goToSameMemberUntilItFails() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client = proxy.wrap(plain);
            String first = body(client, get("/a"), 200);
            for (int i = 0; i < 10; i++) {
                assertThat(body(client, get("/a"), 200)).isEqualTo(first);
            }
        }
    }

    @Test
    void refusedWrite_goesToNextMember() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member refusing = cluster.inOrder(proxy, 0);
            Member next = cluster.inOrder(proxy, 1);
            refusing.stop();

            body(proxy.wrap(plain), post("/v2/keys/a", "1"), 200);

            assertThat(next.requests()).isEqualTo(1);
            assertThat(next.takeRequest().getBody().utf8()).isEqualTo("value=1");
            assertThat(proxy.status().endpoints().get(2).url()).hasToString(refusing.url());
            assertThat(proxy.status().endpoints().get(2).isAvailable()).isFalse();
        }
    }

    @Test
    void sentWrite_thatIsCut_isUnknownAndNotRepeated() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member cutting = cluster.inOrder(proxy, 0);
            Member next = cluster.inOrder(proxy, 1);
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/a"), 200); // the next call reuses a connection, which OkHttp would retry
            cutting.answer(request -> ScriptedCluster.cut());

            assertThat(body(client, post("/v2/keys/a", "1"), 502))
                    .contains("unable to get response from 1 endpoint(s)", "\"outcome\":\"unknown\"")
                    .contains("\"phase\":\"exchange\"", cutting.url());

            assertThat(cutting.requests()).isEqualTo(2);
            assertThat(next.requests()).isZero();
        }
    }

    @Test
    void cutRead_goesToNextMember() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).answer(request -> ScriptedCluster.cut());
            cluster.inOrder(proxy, 1).stop();
            Member good = cluster.inOrder(proxy, 2);

            assertThat(body(proxy.wrap(plain), get("/a"), 200)).startsWith("member");
            assertThat(good.requests()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void read_cutInBody_goesToNextMember(boolean chunked) throws Exception {
        String half = "x".repeat(100_000);
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).answer(request -> {
                MockResponse.Builder response = new MockResponse.Builder();
                return (chunked ? response.chunkedBody(half, 1000) : response.body(half))
                        .onResponseBody(new SocketEffect.CloseSocket())
                        .build();
            });
            assertThat(body(proxy.wrap(plain), get("/v2/keys/a?recursive=true"), 200))
                    .startsWith("member");
            assertThat(proxy.status().endpoints().get(2).isAvailable()).isFalse();
        }
    }

    @Test
    void read_unansweredByAll_tellsEachReason() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            for (int i = 0; i < 3; i++) {
                cluster.inOrder(proxy, i).answer(request -> ScriptedCluster.cut());
            }
            assertThat(body(proxy.wrap(plain), get("/a"), 502))
                    .contains("unable to get response from 3 endpoint(s)", "\"outcome\":\"not-applied\"");
            assertThat(proxy.status().endpoints()).hasSize(3).noneMatch(Endpoint::isAvailable);
        }
    }

    @Test
    @Timeout(30)
    void memberThatAcceptsNothing_costsDialTimeout() throws Exception {
        OkHttpClient patient = plain.newBuilder().connectTimeout(Duration.ZERO).build();
        // A listener whose queue is full lets connects hang, as a host that drops packets does.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
            assertThat(first.isConnected() && second.isConnected()).isTrue();
            onlyMemberIs("http://127.0.0.1:" + full.getLocalPort());
            try (EtcdProxy proxy =
                    cluster.proxy().dialTimeout(Duration.ofMillis(200)).start()) {
                assertThat(body(proxy.wrap(patient), post("/v2/keys/a", "1"), 502))
                        .contains("\"phase\":\"connect\"", "\"outcome\":\"not-applied\"", "timed out");
            }
        }
    }

    @Test
    @Timeout(30)
    void silentMember_costsWriteOrReadTimeout() throws Exception {
        OkHttpClient patient = plain.newBuilder()
                .writeTimeout(Duration.ZERO)
                .readTimeout(Duration.ZERO)
                .build();
        Request big = get("/a")
                .newBuilder()
                .put(RequestBody.create(new byte[64 << 20], null))
                .build();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            onlyMemberIs("http://127.0.0.1:" + silent.getLocalPort());
            try (EtcdProxy proxy =
                    cluster.proxy().writeTimeout(Duration.ofMillis(200)).start()) {
                assertThat(body(proxy.wrap(patient), big, 504)).contains("\"outcome\":\"unknown\"");
            }
            try (EtcdProxy proxy =
                    cluster.proxy().readTimeout(Duration.ofMillis(200)).start()) {
                assertThat(body(proxy.wrap(patient), get("/a"), 504)).contains("\"phase\":\"exchange\"");
            }
        }
    }

    private void onlyMemberIs(String url) {
        cluster.peerAnswers(request -> new MockResponse.Builder()
                .body("[{\"id\":1,\"clientURLs\":[\"" + url + "\"]}]")
                .build());
    }

    @Test
    void advertisedUrl_refusedByOkHttp_failsNoCall() throws Exception {
        cluster.peerAnswers(request -> new MockResponse.Builder()
                .body("[{\"id\":1,\"clientURLs\":[\"http://xn--0:2379\",\"" + cluster.memberUrl(0)
                        + "\",\"http://xn--99999999:2379\"]}]")
                .build());
        for (int i = 0; i < 10; i++) {
            try (EtcdProxy proxy = cluster.proxy().start()) {
                assertThat(body(proxy.wrap(plain), post("/a", "1"), 200)).isEqualTo("member 0");
            }
        }
    }

    @Test
    void answerOfNoMember_bringsNobodyBack() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            OkHttpClient client = proxy.wrap(plain);
            cluster.stopMembers();
            body(client, get("/a"), 502);

            Request cached = get("/a")
                    .newBuilder()
                    .cacheControl(CacheControl.FORCE_CACHE)
                    .build();
            body(client, cached, 504); // OkHttp's own answer, since it has nothing in a cache
            assertThat(proxy.status().endpoints()).noneMatch(Endpoint::isAvailable);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 412, 429, 500, 502, 504})
    void memberStatus_isRelayed(int status) throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member first = cluster.inOrder(proxy, 0);
            first.answer(request -> new MockResponse.Builder()
                    .code(status)
                    .addHeader("X-Etcd-Index", "7")
                    .body("as it is")
                    .build());
            try (Response response =
                    proxy.wrap(plain).newCall(post("/v2/keys/a", "1")).execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.header("X-Etcd-Index")).isEqualTo("7");
                assertThat(response.body().string()).isEqualTo("as it is");
            }
            assertThat(first.requests()).isEqualTo(1);
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }

    private static MockResponse ofGateway(int status) {
        return new MockResponse.Builder()
                .code(status)
                .addHeader("Content-Type", "text/html")
                .body("<html><body>No server is available</body></html>")
                .build();
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void gatewaysAnswer_readGoesOn_writeDoesNot(int status) throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member first = cluster.inOrder(proxy, 0);
            first.answer(request -> ofGateway(status));
            OkHttpClient client = proxy.wrap(plain);

            body(client, get("/v2/keys/a"), 200);
            assertThat(proxy.status().endpoints().get(2).url()).hasToString(first.url());
            assertThat(proxy.status().endpoints().get(2).isAvailable()).isFalse();

            Member next = cluster.inOrder(proxy, 0);
            next.answer(request -> ofGateway(status));
            assertThat(body(client, post("/v2/keys/a", "1"), status)).contains("No server is available");
            assertThat(next.requests()).isEqualTo(2); // the read, and the write once

            cluster.inOrder(proxy, 0).answer(request -> ofGateway(status));
            assertThat(body(client, get("/v2/keys/a"), status)).contains("No server is available"); // of all
        }
    }
}
