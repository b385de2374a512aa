package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.ForwardedCall;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Cache;
import okhttp3.CacheControl;
import okhttp3.Dns;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a wrapped client shares with the unwrapped one, and what it does not. */
@Timeout(60)
class TransparencyTest {

    /** A factory of plain sockets that counts them. */
    private static class CountingSockets extends SocketFactory {
        final AtomicInteger made = new AtomicInteger();

        @Override
        public Socket createSocket() throws IOException {
            made.incrementAndGet();
            return new Socket();
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void otherHosts_shareConnectionsWithTheBareClient() throws Exception {
        try (RawCluster cluster = Setup.of(1, false).start();
                RawMember other = new RawMember("other", false)) {
            OkHttpClient bare = RealEtcd.client().build();
            OkHttpClient wrapped = cluster.proxy().wrap(bare);
            Request elsewhere = new Request.Builder().url(other.url() + "/x").build();

            body(bare, elsewhere, 200);
            body(wrapped, elsewhere, 200);
            body(bare, elsewhere, 200);
            assertThat(other.connections()).isEqualTo(1);
        }
    }

    @Test
    void forwardedCalls_poolTheirConnections() throws Exception {
        try (RawCluster cluster = Setup.of(1, false).start()) {
            for (int i = 0; i < 10; i++) {
                body(cluster.client(), get("/a"), 200);
                body(cluster.client(), post("/a", "1"), 200);
            }
            assertThat(cluster.client().connectionPool().connectionCount()).isEqualTo(1);
        }
    }

    @Test
    void directAndForwardedCalls_keepAConnectionEach() throws Exception {
        try (RawCluster cluster = Setup.of(1, false).start()) {
            Request direct =
                    new Request.Builder().url(cluster.member(0).url() + "/x").build();
            for (int i = 0; i < 10; i++) {
                body(cluster.client(), direct, 200);
                body(cluster.client(), post("/a", "1"), 200);
            }
            assertThat(cluster.client().connectionPool().connectionCount()).isEqualTo(2);
        }
    }

    @Test
    void resolverAndFactory_thatAnInterceptorSets_areUsed() throws Exception {
        AtomicInteger lookups = new AtomicInteger();
        Dns dns = host -> {
            lookups.incrementAndGet();
            return List.of(InetAddress.getLoopbackAddress());
        };
        CountingSockets sockets = new CountingSockets();
        try (RawMember member = new RawMember("member", false);
                RawMember peer = new RawMember("peer", false)) {
            peer.lists(List.of("http://member.invalid:" + member.port()));
            try (EtcdProxy proxy = EtcdProxy.builder()
                    .listenClientUrls(RealEtcd.LISTEN)
                    .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                OkHttpClient client = proxy.wrap(RealEtcd.client()
                        .addInterceptor(chain ->
                                chain.withDns(dns).withSocketFactory(sockets).proceed(chain.request()))
                        .build());
                body(client, get("/a"), 200);
                body(client, get("/a"), 200);

                assertThat(lookups).hasValue(1);
                assertThat(sockets.made).hasValue(1);
                // A hung member is found on such a socket, too.
                member.fail(Fault.STALL);
                assertThat(body(client, get("/a"), 504)).contains("gave no answer, nor to a probe");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"GET", "PUT"})
    void cache_isBypassed(String method, @TempDir Path directory) throws Exception {
        AtomicInteger version = new AtomicInteger();
        try (ScriptedCluster cluster = new ScriptedCluster(2);
                Cache cache = new Cache(directory.toFile(), 1 << 20);
                EtcdProxy proxy = cluster.proxy().roundRobin(true).start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            for (int i = 0; i < 2; i++) {
                cluster.inOrder(proxy, i)
                        .answer(request -> new MockResponse.Builder()
                                .addHeader("Cache-Control", "max-age=60")
                                .body("version " + version)
                                .build());
            }
            OkHttpClient client = proxy.wrap(RealEtcd.client().cache(cache).build());
            assertThat(body(client, get("/v2/keys/a"), 200)).isEqualTo("version 0");
            version.incrementAndGet();
            body(client, method.equals("PUT") ? put("/v2/keys/a", "1") : get("/v2/keys/b"), 200);

            assertThat(body(client, get("/v2/keys/a"), 200)).isEqualTo("version 1");
            assertThat(body(client, get("/v2/keys/a"), 200)).isEqualTo("version 1");
            assertThat(cache.size()).isZero();
            try (Response response = client.newCall(get("/v2/keys/a")
                            .newBuilder()
                            .cacheControl(CacheControl.FORCE_CACHE)
                            .build())
                    .execute()) {
                assertThat(response.code()).isEqualTo(504);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v3/auth/authenticate, 307",
        "/v3/auth/authenticate, 308",
        "/v3beta/auth/authenticate, 307",
        "/v3alpha/auth/authenticate, 308",
        "/etcdserverpb.Auth/Authenticate, 307"
    })
    void nameAndPassword_areNotRedirected(String path, int status) throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.start();
            cluster.awaitReadyAndKeepOrder(proxy);
            String location = "http://127.0.0.1:" + other.getPort() + path;
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(status)
                            .addHeader("Location", location)
                            .build());
            Request request = RealEtcd.v3("/auth/authenticate", "{\"name\":\"root\",\"password\":\"secret\"}")
                    .newBuilder()
                    .url(RealEtcd.LISTEN + path)
                    .build();
            try (Response response =
                    proxy.wrap(RealEtcd.client().build()).newCall(request).execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.header("Location")).isEqualTo(location);
            }
            assertThat(other.getRequestCount()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {307, 308})
    void nameAndPassword_areNotRedirectedInTwoSteps(int status) throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.start();
            cluster.awaitReadyAndKeepOrder(proxy);
            String away = "//127.0.0.1:" + other.getPort() + "/x";
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(status)
                            .addHeader("Location", request.getTarget().equals("/hop") ? away : "/hop")
                            .build());
            try (Response response = proxy.wrap(RealEtcd.client().build())
                    .newCall(RealEtcd.v3("/auth/authenticate", "{\"name\":\"root\",\"password\":\"secret\"}"))
                    .execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.header("Location")).isEqualTo(away);
            }
            assertThat(other.getRequestCount()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void credentialsOfAWebSocket_areNotRedirected(boolean pooled) throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.start();
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(307)
                            .addHeader("Location", "http://127.0.0.1:" + other.getPort() + "/b")
                            .build());
            OkHttpClient client = proxy.wrap(RealEtcd.client().build());
            if (pooled) { // a redirect of a plain call leaves a connection to the other server
                other.enqueue(new MockResponse.Builder().body("other").build());
                assertThat(body(client, get("/a"), 200)).isEqualTo("other");
            }
            int before = other.getRequestCount();
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            client.newWebSocket(
                    get("/v3/watch")
                            .newBuilder()
                            .header("token", "secret")
                            .header("Grpc-Metadata-Token", "secret")
                            .header("Sec-WebSocket-Protocol", "Bearer, secret")
                            .build(),
                    new WebSocketListener() {
                        @Override
                        public void onFailure(WebSocket webSocket, Throwable t, Response response) {
                            failure.complete(t);
                        }
                    });

            assertThat(failure.get(10, java.util.concurrent.TimeUnit.SECONDS))
                    .hasMessageContaining("redirected the call to another server, which is not followed");
            assertThat(other.getRequestCount()).isEqualTo(before);
        }
    }

    @Test
    void tokensOfAPlainCall_staysWithTheMember() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.start();
            other.enqueue(new MockResponse.Builder().body("other").build());
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(307)
                            .addHeader("Location", "http://127.0.0.1:" + other.getPort() + "/b")
                            .build());
            Request request = get("/a")
                    .newBuilder()
                    .header("token", "secret")
                    .header("Grpc-Metadata-Token", "secret")
                    .header("Sec-WebSocket-Protocol", "Bearer, secret")
                    .header("X-Mine", "kept")
                    .build();
            assertThat(body(proxy.wrap(RealEtcd.client().build()), request, 200))
                    .isEqualTo("other");
            assertThat(other.takeRequest().getHeaders().names())
                    .contains("X-Mine")
                    .doesNotContain("token", "Grpc-Metadata-Token", "Sec-WebSocket-Protocol");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"java.lang.StackOverflowError", "java.lang.OutOfMemoryError", "java.lang.NoSuchMethodError"})
    void listenerThrowsError_doesNotReplaceResponse(String error) throws Exception {
        EtcdProxyListener throwing = new EtcdProxyListener() {
            private void fail() {
                try {
                    throw Class.forName(error)
                            .asSubclass(Error.class)
                            .getConstructor()
                            .newInstance();
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void callForwarded(ForwardedCall call) {
                fail();
            }

            @Override
            public void attemptFailed(FailedAttempt attempt) {
                fail();
            }
        };
        try (RawCluster cluster =
                Setup.of(2, false).with(options -> options.listener(throwing)).start()) {
            cluster.member(0).fail(Fault.READ_CLOSE);
            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void ownOpenFileLimit_isNoMembersFault(String method) throws Exception {
        SocketFactory exhausted = new CountingSockets() {
            @Override
            public Socket createSocket() throws IOException {
                throw new SocketException("Too many open files");
            }
        };
        try (RawCluster cluster = Setup.of(2, false)
                .withClient(client -> client.socketFactory(exhausted))
                .start()) {
            Request request = method.equals("GET") ? get("/a") : post("/a", "1");
            assertThat(body(cluster.client(), request, 502))
                    .contains("too many files open", "ulimit -n", "\"outcome\":\"not-applied\"");
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
        }
    }

    @Test
    void circularCauses_endWithTheCall() throws Exception {
        Interceptor circular = chain -> {
            IOException one = new IOException("one");
            one.initCause(new IOException("two", one));
            throw one;
        };
        try (RawCluster cluster = Setup.of(2, false)
                .withClient(client -> client.addNetworkInterceptor(circular))
                .start()) {
            assertThatThrownBy(() -> body(cluster.client(), post("/a", "1"), 200))
                    .hasMessage("one");
            assertThat(cluster.proxy().status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }
}
