package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.LISTEN;
import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Request headers that reach a member, response headers that come back, and detection of loops. */
@Timeout(60)
class ForwardedHeadersTest {
    private static final HeldCertificate CERTIFICATE =
            new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build();
    private static final HandshakeCertificates SERVER =
            new HandshakeCertificates.Builder().heldCertificate(CERTIFICATE).build();
    private static final HandshakeCertificates TRUSTING = new HandshakeCertificates.Builder()
            .addTrustedCertificate(CERTIFICATE.certificate())
            .build();

    private ScriptedCluster cluster;
    private OkHttpClient plain;

    /** A client that speaks TLS with a server that is {@link #SERVER}. */
    private OkHttpClient trusting() {
        return plain.newBuilder()
                .sslSocketFactory(TRUSTING.sslSocketFactory(), TRUSTING.trustManager())
                .build();
    }

    @BeforeEach
    void start() {
        cluster = new ScriptedCluster(1);
        plain = RealEtcd.client().build();
    }

    @AfterEach
    void stop() {
        plain.connectionPool().evictAll();
        cluster.close();
    }

    @Test
    void hopByHopRequestHeaders_areRemoved() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Request request = get("/v2/keys/a")
                    .newBuilder()
                    .header("Connection", "close, X-Named ,x-other")
                    .header("Keep-Alive", "timeout=5")
                    .header("Proxy-Authorization", "Basic c2VjcmV0")
                    .header("TE", "gzip")
                    .header("Upgrade", "h2c")
                    .header("X-Named", "1")
                    .header("X-Other", "2")
                    .header("X-Kept", "3")
                    .header("Authorization", "Basic b2s=")
                    .build();
            body(proxy.wrap(plain), request, 200);

            RecordedRequest received = cluster.inOrder(proxy, 0).takeRequest();
            assertThat(received.getHeaders().names())
                    .contains("X-Kept", "Authorization")
                    .doesNotContain("Keep-Alive", "Proxy-Authorization", "TE", "Upgrade", "X-Named", "X-Other");
            assertThat(received.getHeaders().get("Connection")).isEqualTo("Keep-Alive"); // OkHttp's own
        }
    }

    @Test
    void hopByHopResponseHeaders_areRemoved() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .chunkedBody("body", 2)
                            .addHeader("Connection", "X-Named")
                            .addHeader("Keep-Alive", "timeout=5")
                            .addHeader("X-Named", "1")
                            .addHeader("X-Kept", "2")
                            .addHeader("X-Kept", "3")
                            .build());
            try (Response response =
                    proxy.wrap(plain).newCall(get("/v2/keys/a")).execute()) {
                assertThat(response.headers().names())
                        .contains("X-Kept")
                        .doesNotContain("Connection", "Keep-Alive", "X-Named", "Transfer-Encoding");
                assertThat(response.headers("X-Kept")).containsExactly("2", "3");
                assertThat(response.body().string()).isEqualTo("body");
            }
        }
    }

    @Test
    void eachHopLeavesItsMarkInVia() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Request request = get("/a")
                    .newBuilder()
                    .header("Via", "1.0 fred, 1.1 p.example.net (Apache)")
                    .header("Connection", "Via") // must not remove the loop marker
                    .build();
            body(proxy.wrap(plain), request, 200);
            assertThat(cluster.inOrder(proxy, 0).takeRequest().getHeaders().values("Via"))
                    .hasSize(2)
                    .first()
                    .isEqualTo("1.0 fred, 1.1 p.example.net (Apache)");
        }
    }

    @Test
    void whatWasAskedBeforeCanBeAskedAgain() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member member = cluster.inOrder(proxy, 0);
            member.answer(request -> request.getTarget().equals("/from")
                    ? new MockResponse.Builder()
                            .code(302)
                            .addHeader("Location", "/to")
                            .build()
                    : new MockResponse.Builder().body("here").build());
            OkHttpClient client = proxy.wrap(plain);
            Request asked = get("/from");
            for (int i = 0; i < 3; i++) {
                try (Response response = client.newCall(asked).execute()) {
                    assertThat(response.code()).isEqualTo(200);
                    asked = response.request();
                    assertThat(asked.header("Via")).isNull();
                }
            }
        }
    }

    /** A server that forwards all requests through a wrapped client, like a proxy program. */
    private static final class Front implements AutoCloseable {
        private final MockWebServer server = new MockWebServer();
        private final AtomicInteger requests = new AtomicInteger();
        private final OkHttpClient own = RealEtcd.client().build();

        private Front() throws IOException {
            server.start();
        }

        private String url() {
            return "http://127.0.0.1:" + server.getPort();
        }

        private void forwardBy(EtcdProxy proxy) {
            OkHttpClient client = proxy.wrap(own);
            server.setDispatcher(new Dispatcher() {
                @Override
                public MockResponse dispatch(RecordedRequest request) {
                    requests.incrementAndGet();
                    Request forwarded = new Request.Builder()
                            .url(LISTEN + request.getTarget())
                            .headers(request.getHeaders())
                            .build();
                    try (Response response = client.newCall(forwarded).execute()) {
                        return new MockResponse.Builder()
                                .code(response.code())
                                .body(response.body().string())
                                .build();
                    } catch (IOException e) {
                        return new MockResponse.Builder()
                                .code(599)
                                .body(e.toString())
                                .build();
                    }
                }
            });
        }

        @Override
        public void close() {
            own.connectionPool().evictAll();
            server.close();
        }
    }

    /** A proxy whose only member is at a URL. */
    private EtcdProxy proxyTo(String memberUrl) throws Exception {
        EtcdProxy proxy = cluster.proxy()
                .clientUrlRule(url -> Optional.of(EtcdUrl.of(memberUrl)))
                .start();
        proxy.awaitReady(Duration.ofSeconds(10));
        return proxy;
    }

    @Test
    void aChainOfTwoProxiesWorks() throws Exception {
        try (Front first = new Front();
                Front second = new Front();
                EtcdProxy toSecond = proxyTo(second.url());
                EtcdProxy toMember = proxyTo(cluster.memberUrl(0))) {
            first.forwardBy(toSecond);
            second.forwardBy(toMember);
            assertThat(body(
                            plain,
                            get("/a").newBuilder().url(first.url() + "/a").build(),
                            200))
                    .isEqualTo("member 0");
            assertThat(cluster.inOrder(toMember, 0).takeRequest().getHeaders().values("Via"))
                    .hasSize(2)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aRingEndsAtOnce() throws Exception {
        try (Front first = new Front();
                Front second = new Front();
                EtcdProxy toSecond = proxyTo(second.url());
                EtcdProxy toFirst = proxyTo(first.url())) {
            first.forwardBy(toSecond);
            second.forwardBy(toFirst);
            assertThat(body(
                            plain,
                            get("/a").newBuilder().url(first.url() + "/a").build(),
                            508))
                    .contains("has passed this proxy before", "not-applied", "etcd-proxy-");
            assertThat(first.requests).hasValue(2);
            assertThat(second.requests).hasValue(1);
        }
    }

    @Test
    void redirect_toOtherServer_carriesNoCredentials() throws Exception {
        try (MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.start();
            other.enqueue(new MockResponse.Builder().body("other").build());
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(302)
                            .addHeader("Location", "http://127.0.0.1:" + other.getPort() + "/a")
                            .build());
            Request request = get("/a")
                    .newBuilder()
                    .header("Authorization", "Basic c2VjcmV0")
                    .header("Cookie", "secret=1")
                    .build();
            assertThat(body(proxy.wrap(plain), request, 200)).isEqualTo("other");
            assertThat(other.takeRequest().getHeaders().names()).doesNotContain("Authorization", "Cookie");
            assertThat(cluster.inOrder(proxy, 0).takeRequest().getHeaders().names())
                    .contains("Authorization", "Cookie");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void redirect_httpsToHttp_isNotFollowed(int status) throws Exception {
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(SERVER.sslSocketFactory());
            secure.enqueue(new MockResponse.Builder()
                    .code(status)
                    .addHeader("Location", cluster.memberUrl(0) + "/a")
                    .build());
            secure.start();
            OkHttpClient trusting = trusting();
            try (EtcdProxy proxy = proxyTo("https://127.0.0.1:" + secure.getPort());
                    Response response = proxy.wrap(trusting).newCall(get("/a")).execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.header("Location")).isEqualTo(cluster.memberUrl(0) + "/a");
                assertThat(cluster.memberRequests()).isZero();
            }
        }
    }

    @Test
    void webSocket_redirectToHttp_isNotFollowed() throws Exception {
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(SERVER.sslSocketFactory());
            secure.enqueue(new MockResponse.Builder()
                    .code(307)
                    .addHeader("Location", cluster.memberUrl(0) + "/a")
                    .build());
            secure.start();
            try (EtcdProxy proxy = proxyTo("https://127.0.0.1:" + secure.getPort())) {
                CompletableFuture<Throwable> failure = new CompletableFuture<>();
                proxy.wrap(trusting()).newWebSocket(get("/v3/watch"), new WebSocketListener() {
                    @Override
                    public void onFailure(WebSocket webSocket, Throwable t, Response response) {
                        failure.complete(t);
                    }
                });
                assertThat(failure.get(10, TimeUnit.SECONDS))
                        .hasMessageContaining("redirected the call from https to http, which is not followed");
                assertThat(cluster.memberRequests()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWebSocketIsStillOne(boolean pooled) throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            OkHttpClient client = proxy.wrap(
                    plain.newBuilder().protocols(List.of(Protocol.HTTP_1_1)).build());
            if (pooled) {
                body(client, get("/a"), 200);
            }
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .webSocketUpgrade(new WebSocketListener() {
                                @Override
                                public void onMessage(WebSocket webSocket, String text) {
                                    webSocket.send("you said " + text);
                                    webSocket.close(1000, null);
                                }
                            })
                            .build());
            CompletableFuture<String> heard = new CompletableFuture<>();
            client.newWebSocket(get("/v3/watch"), new WebSocketListener() {
                @Override
                public void onOpen(WebSocket webSocket, Response response) {
                    webSocket.send("hello");
                }

                @Override
                public void onMessage(WebSocket webSocket, String text) {
                    heard.complete(text);
                }

                @Override
                public void onFailure(WebSocket webSocket, Throwable t, Response response) {
                    heard.completeExceptionally(t);
                }
            });
            assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("you said hello");
        }
    }

    @Test
    void aRingOfExceptionsSaysWhereItLeads() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().errorsAsExceptions(true).start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/a"), 200);
            String via = cluster.inOrder(proxy, 0).takeRequest().getHeaders().get("Via");
            Request back = post("/v2/keys/a", "1")
                    .newBuilder()
                    .header("Via", "1.1 x, " + via)
                    .build();
            assertThatThrownBy(() -> client.newCall(back).execute())
                    .isInstanceOfSatisfying(
                            EtcdProxyException.class,
                            e -> assertThat(e.status()).isEqualTo(508))
                    .hasMessageContaining("not among the members' client URLs");
        }
    }

    @Test
    void readOnly_readTurnedIntoWrite_isRefused() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().mode(ProxyMode.READONLY).start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(307)
                            .addHeader("Location", "/v3/kv/put")
                            .build());
            body(proxy.wrap(plain), RealEtcd.v3("/kv/range", "{}"), 501);
            assertThat(cluster.memberRequests()).isEqualTo(1);

            Request txn = RealEtcd.v3("/kv/txn", "{}");
            for (UnaryOperator<Request.Builder> change : List.<UnaryOperator<Request.Builder>>of(
                    request -> request.put(RequestBody.create("value=1", null)),
                    request -> request.post(RequestBody.create("{\"success\":[{\"request_put\":{}}]}", null)),
                    request -> request.header("X-HTTP-Method-Override", "PUT"),
                    request -> request.url(request.build().url().resolve("/v3/kv/put")))) {
                OkHttpClient changing = proxy.wrap(plain)
                        .newBuilder()
                        .addInterceptor(chain -> chain.proceed(
                                change.apply(chain.request().newBuilder()).build()))
                        .build();
                body(changing, txn, 501);
            }
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    /** A stream of gRPC, as a client of gRPC makes it. */
    private static final class Stream extends RequestBody {
        private final AtomicInteger writings = new AtomicInteger();

        @Override
        public MediaType contentType() {
            return MediaType.get("application/grpc");
        }

        @Override
        public boolean isDuplex() {
            return true;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            if (writings.incrementAndGet() > 1) {
                throw new IllegalStateException("written twice");
            }
            sink.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READ_CLOSE", "ACCEPT_CLOSE", "STALL"})
    void grpcStream_fails_getsGrpcErrorOnce(Fault fault) throws Exception {
        try (RawCluster members = Setup.of(1, true).start()) {
            members.member(0).fail(fault);
            Stream stream = new Stream();
            Request request = new Request.Builder()
                    .url(LISTEN + "/etcdserverpb.Watch/Watch")
                    .post(stream)
                    .build();
            try (Response response = members.client().newCall(request).execute()) {
                assertThat(response.header("grpc-status")).isEqualTo("14");
                assertThat(response.header("grpc-message")).contains("unable to get response");
            }
            assertThat(stream.writings).hasValue(1);
        }
    }

    @Test
    void grpcStream_refused_failsItsWriter() throws Exception {
        try (EtcdProxy proxy = cluster.proxy()
                .mode(ProxyMode.READONLY)
                .errorsAsExceptions(true)
                .start()) {
            Stream stream = new Stream();
            Request request = new Request.Builder()
                    .url(LISTEN + "/etcdserverpb.Lease/LeaseKeepAlive")
                    .post(stream)
                    .build();
            OkHttpClient client = proxy.wrap(plain);
            assertThatThrownBy(() -> client.newCall(request).execute()).isInstanceOf(EtcdProxyException.class);
            assertThat(stream.writings).hasValue(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"X:Upgrade, websocket", "X-A, 'a\r\nHost: x'", "X-A, 'a\nb'"})
    void readOnly_ambiguousHeaders_areRefused(String name, String value) throws Exception {
        try (EtcdProxy proxy = cluster.proxy().mode(ProxyMode.READONLY).start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Request request = get("/a")
                    .newBuilder()
                    .headers(
                            new Headers.Builder().addUnsafeNonAscii(name, value).build())
                    .build();
            body(proxy.wrap(plain), request, 501);
            assertThat(cluster.memberRequests()).isZero();
        }
    }

    @Test
    void write_handshakeFailsAfterResponse_countsAsSent() throws Exception {
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(SERVER.sslSocketFactory());
            secure.setProtocols(List.of(Protocol.HTTP_1_1)); // where a response can end a connection
            secure.enqueue(new MockResponse.Builder()
                    .code(303)
                    .addHeader("Location", "/b")
                    .addHeader("Connection", "close")
                    .build());
            secure.enqueue(new MockResponse.Builder().failHandshake().build());
            secure.start();
            OkHttpClient trusting = trusting();
            try (EtcdProxy proxy = proxyTo("https://127.0.0.1:" + secure.getPort())) {
                assertThat(body(proxy.wrap(trusting), post("/v2/keys/a", "1"), 502))
                        .contains("\"outcome\":\"unknown\"");
            }
        }
    }
}
