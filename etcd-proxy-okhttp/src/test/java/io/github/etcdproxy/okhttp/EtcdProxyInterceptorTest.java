package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.LISTEN;
import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.event.Outcome;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import mockwebserver3.MockResponse;
import mockwebserver3.MockResponseBody;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.CacheControl;
import okhttp3.Call;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.BufferedSink;
import okio.BufferedSource;
import okio.Okio;
import okio.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls through the proxy over real sockets, with injected faults. */
@Isolated // counts the threads of the whole process
class EtcdProxyInterceptorTest {
    private static final Duration READY = Duration.ofSeconds(10);

    private ScriptedCluster cluster;
    private OkHttpClient plain;

    @BeforeEach
    void start() {
        cluster = new ScriptedCluster(3);
        plain = new OkHttpClient();
    }

    @AfterEach
    void stop() {
        plain.connectionPool().evictAll();
        cluster.close();
    }

    private static MockResponse cutAfterTheRequestWasRead() {
        return new MockResponse.Builder()
                .onResponseStart(new SocketEffect.CloseSocket())
                .build();
    }

    @Test
    void calls_stayOnOneMemberUntilItFails() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client = proxy.wrap(plain);
            String first = body(client, get("/a"), 200);
            for (int i = 0; i < 10; i++) {
                assertThat(body(client, get("/a"), 200)).isEqualTo(first);
            }
        }
    }

    @Test
    void write_connectionRefused_goesToNextMember() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
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
    void write_cutAfterSend_isUnknown() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member cutting = cluster.inOrder(proxy, 0);
            Member next = cluster.inOrder(proxy, 1);
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/a"), 200); // the next call reuses a connection, which OkHttp would retry
            cutting.answer(request -> cutAfterTheRequestWasRead());

            assertThat(body(client, post("/v2/keys/a", "1"), 502))
                    .contains("unable to get response from 1 endpoint(s)", "\"outcome\":\"unknown\"")
                    .contains("\"phase\":\"exchange\"", cutting.url());

            assertThat(cutting.requests()).isEqualTo(2);
            assertThat(next.requests()).isZero();
        }
    }

    @Test
    void read_cut_goesToNextMember() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).answer(request -> cutAfterTheRequestWasRead());
            cluster.inOrder(proxy, 1).stop();
            Member good = cluster.inOrder(proxy, 2);

            assertThat(body(proxy.wrap(plain), get("/a"), 200)).startsWith("member");
            assertThat(good.requests()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void read_bodyCut_goesToNextMember(boolean chunked) throws Exception {
        String half = "x".repeat(100_000);
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
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
    void notModified_withContentLength_isNotBuffered() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(304)
                            .addHeader("Content-Length", "500")
                            .build());
            try (Response response = proxy.wrap(plain).newCall(get("/a")).execute()) {
                assertThat(response.code()).isEqualTo(304);
            }
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void bodiesOfOtherInterceptorsPassWhole() throws Exception {
        Interceptor metering = chain -> {
            Response response = chain.proceed(chain.request());
            ResponseBody body = response.body();
            return response.newBuilder()
                    .body(new ResponseBody() {
                        @Override
                        public MediaType contentType() {
                            return body.contentType();
                        }

                        @Override
                        public long contentLength() {
                            return body.contentLength();
                        }

                        @Override
                        public BufferedSource source() {
                            return Okio.buffer((Source) body.source());
                        }
                    })
                    .build();
        };
        Interceptor consuming = chain -> {
            Response response = chain.proceed(chain.request());
            response.close();
            return response;
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient wrapped = proxy.wrap(plain);

            assertThat(body(wrapped.newBuilder().addInterceptor(metering).build(), get("/a"), 200))
                    .startsWith("member");
            OkHttpClient statusOnly =
                    wrapped.newBuilder().addInterceptor(consuming).build();
            try (Response response = statusOnly.newCall(get("/a")).execute()) {
                assertThat(response.code()).isEqualTo(200);
            }
        }
    }

    @Test
    void interceptorThrows_isNotTakenForInterrupt() throws Exception {
        Interceptor throwing = chain -> {
            throw EtcdProxyInterceptorTest.<RuntimeException>unchecked(new TimeoutException("quota"));
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client =
                    proxy.wrap(plain).newBuilder().addInterceptor(throwing).build();

            assertThatThrownBy(() -> client.newCall(post("/a", "1")).execute())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("quota");
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    /** Throws an undeclared checked exception, like Kotlin. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E unchecked(Throwable checked) throws E {
        throw (E) checked;
    }

    @Test
    void close_onProxyThread_works() throws Exception {
        EtcdProxy proxy = cluster.proxy().start();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        proxy.ready().thenAccept(snapshot -> {
            proxy.close();
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void longBodyIsComplete_watchIsStreamed() throws Exception {
        String big = "0123456789".repeat(500_000);
        CountDownLatch watching = new CountDownLatch(1);
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member first = cluster.inOrder(proxy, 0);
            OkHttpClient client = proxy.wrap(plain);

            first.answer(request ->
                    new MockResponse.Builder().chunkedBody(big, 10_000).build());
            assertThat(body(client, get("/v2/keys/a?recursive=true"), 200)).isEqualTo(big);

            // The headers of a watch arrive at once; its body when the key changes, after the headers were received.
            first.answer(request -> new MockResponse.Builder()
                    .body(new MockResponseBody() {
                        @Override
                        public long getContentLength() {
                            return -1;
                        }

                        @Override
                        public void writeTo(BufferedSink sink) throws IOException {
                            awaitLatch(watching);
                            sink.writeUtf8("event");
                        }
                    })
                    .onResponseEnd(new SocketEffect.CloseSocket()) // which ends a body without a length
                    .build());
            try (Response response = client.newCall(get("/v2/keys/a?wait=true")).execute()) {
                watching.countDown();
                assertThat(response.body().string()).isEqualTo("event");
            }
        }
    }

    @Test
    void read_allMembersFail_hasEachReason() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            for (int i = 0; i < 3; i++) {
                cluster.inOrder(proxy, i).answer(request -> cutAfterTheRequestWasRead());
            }
            assertThat(body(proxy.wrap(plain), get("/a"), 502))
                    .contains("unable to get response from 3 endpoint(s)", "\"outcome\":\"not-applied\"");
            assertThat(proxy.status().endpoints()).hasSize(3).noneMatch(Endpoint::isAvailable);
        }
    }

    @Test
    @Timeout(30)
    void hangingConnect_endsAfterDialTimeout() throws Exception {
        OkHttpClient patient = plain.newBuilder().connectTimeout(Duration.ZERO).build();
        // A listener with a full backlog lets connects hang, like a host that drops packets.
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
    void stuckMember_endsAfterWriteOrReadTimeout() throws Exception {
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
    void invalidAdvertisedUrl_failsNoCall() throws Exception {
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
    void start_invalidListenUrl_isRejected() {
        assertThatThrownBy(() ->
                        cluster.proxy().listenClientUrls("http://xn--0:2379").start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("listen-client-urls: \"http://xn--0:2379\"");
        assertThat(cluster.peerRequests()).isZero();
    }

    @Test
    void write_rebuiltByLaterInterceptor_isSentOnce() throws Exception {
        Interceptor rebuilds = chain -> {
            Request request = chain.request();
            return chain.proceed(new Request.Builder()
                    .url(request.url())
                    .method(request.method(), request.body())
                    .build());
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).answer(request -> cutAfterTheRequestWasRead());
            Member next = cluster.inOrder(proxy, 1);
            OkHttpClient client =
                    proxy.wrap(plain).newBuilder().addInterceptor(rebuilds).build();

            assertThat(body(client, post("/a", "1"), 502)).contains("\"outcome\":\"unknown\"");
            assertThat(next.requests()).isZero();
        }
    }

    @Test
    void laterInterceptorThrows_doesNotCountAgainstMember() throws Exception {
        Interceptor fails = chain -> {
            throw new IOException("signing failed");
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client =
                    proxy.wrap(plain).newBuilder().addInterceptor(fails).build();

            assertThatThrownBy(() -> client.newCall(post("/a", "1")).execute()).hasMessage("signing failed");
            assertThatThrownBy(() -> client.newCall(get("/a")).execute()).hasMessage("signing failed");
            assertThat(proxy.status().endpoints()).hasSize(3).allMatch(Endpoint::isAvailable);
        }
    }

    @ParameterizedTest
    @CsvSource({"503, Retry-After, 0", "307, Location, http://127.0.0.1:1/", "308, Location, /elsewhere"})
    void write_responseAsksForRetry_isSentOnce(int status, String header, String value) throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(status)
                            .addHeader(header, value)
                            .addHeader("X-Etcd-Index", "7")
                            .body("as it is")
                            .build());
            try (Response response =
                    proxy.wrap(plain).newCall(post("/v2/keys/a", "1")).execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.headers(header)).containsExactly(value);
                assertThat(response.header("X-Etcd-Index")).isEqualTo("7");
                assertThat(response.body().string()).isEqualTo("as it is");
            }
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void withheldHeaders_throughTwoProxies_areRestored() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start();
                EtcdProxy other = cluster.proxy()
                        .listenClientUrls("http://other.invalid:2379")
                        .start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(503)
                            .addHeader("Retry-After", "7")
                            .build());
            OkHttpClient both = other.wrap(proxy.wrap(plain));
            try (Response response = both.newCall(post("/a", "1")).execute()) {
                assertThat(response.header("Retry-After")).isEqualTo("7");
            }
        }
    }

    @Test
    void redirects_ofOtherCalls_areFollowed() throws Exception {
        try (MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.enqueue(new MockResponse.Builder()
                    .code(307)
                    .addHeader("Location", "/elsewhere")
                    .build());
            other.enqueue(new MockResponse.Builder().body("there").build());
            other.start();
            Request request = post("/", "1").newBuilder().url(other.url("/")).build();

            assertThat(body(proxy.wrap(plain), request, 200)).isEqualTo("there");
        }
    }

    @Test
    void write_throughTwoProxies_isSentOnce() throws Exception {
        try (EtcdProxy outer = cluster.proxy().start();
                EtcdProxy inner = cluster.proxy()
                        .listenClientUrls(cluster.memberUrl(0), cluster.memberUrl(1), cluster.memberUrl(2))
                        .errorsAsExceptions(true)
                        .start()) {
            outer.awaitReady(READY);
            inner.awaitReady(READY);
            for (int i = 0; i < 3; i++) {
                cluster.inOrder(outer, i).answer(request -> cutAfterTheRequestWasRead());
            }
            EtcdProxyException e = failure(inner.wrap(outer.wrap(plain)), post("/a", "1"));
            assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void webSocketUpgrade_isSentOnceUnlessConnectFails() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).stop();
            cluster.inOrder(proxy, 1).answer(request -> cutAfterTheRequestWasRead());
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            proxy.wrap(plain).newWebSocket(get("/v3/watch"), new WebSocketListener() {
                @Override
                public void onFailure(WebSocket webSocket, Throwable t, Response response) {
                    failure.complete(t);
                }
            });
            assertThat(failure.get(10, TimeUnit.SECONDS)).hasMessageContaining("502");
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void interrupt_doesNotCountAgainstMember() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            OkHttpClient client = proxy.wrap(plain);
            for (String connection : List.of("fresh", "reused")) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> client.newCall(get("/a")).execute())
                        .as(connection)
                        .isInstanceOf(InterruptedIOException.class);
                assertThat(Thread.interrupted()).isTrue();
                assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
                body(client, get("/a"), 200);
            }
        }
    }

    @Test
    void cancel_endsCallWithoutBlamingMember() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).answer(request -> {
                asked.countDown();
                return new MockResponse.Builder()
                        .onResponseStart(SocketEffect.Stall.INSTANCE)
                        .build();
            });
            Call call = proxy.wrap(plain).newCall(get("/a"));
            CompletableFuture<Throwable> outcome = outcomeOf(call);
            awaitLatch(asked);
            call.cancel();

            assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
            assertThat(cluster.memberRequests()).isEqualTo(1);
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }

    private static CompletableFuture<Throwable> outcomeOf(Call call) {
        return CompletableFuture.supplyAsync(() -> {
            try (Response response = call.execute()) {
                return new AssertionError("answered with " + response.code());
            } catch (IOException e) {
                return e;
            }
        });
    }

    @Test
    void interceptorResponse_doesNotBringMemberBack() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            OkHttpClient client = proxy.wrap(plain);
            cluster.stopMembers();
            body(client, get("/a"), 502);

            Request cached = get("/a")
                    .newBuilder()
                    .cacheControl(CacheControl.FORCE_CACHE)
                    .build();
            body(client, cached, 504); // OkHttp's own response, since there is no cached one
            assertThat(proxy.status().endpoints()).noneMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void theCallerSeesWhereARedirectLedTo() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member first = cluster.inOrder(proxy, 0);
            Member other = cluster.inOrder(proxy, 1);
            first.answer(request -> request.getTarget().equals("/b")
                    ? new MockResponse.Builder().body("b").build()
                    : new MockResponse.Builder()
                            .code(301)
                            .addHeader("Location", request.getTarget().equals("/a") ? "/b" : other.url() + "/c")
                            .build());
            OkHttpClient client = proxy.wrap(plain);

            try (Response response = client.newCall(get("/a")).execute()) {
                assertThat(response.request().url()).hasToString(LISTEN + "/b");
            }
            try (Response response = client.newCall(get("/elsewhere")).execute()) {
                assertThat(response.request().url()).hasToString(other.url() + "/c");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 412, 429, 500, 502, 504})
    void statusesOfMembersAreRelayedAsTheyAre(int status) throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
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

    @Test
    void request_isForwardedUnchangedExceptHost() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member first = cluster.inOrder(proxy, 0);
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/v2/keys/a%2Fb%20c?quorum=true&x=%C3%A4+b"), 200);
            Request ownHost = get("/a").newBuilder().header("Host", "mine:1").build();
            body(client, ownHost, 200);

            body(client, get("/v2//keys/%2E%2e/a;b=1/?"), 200);
            body(client, get("/"), 200);

            RecordedRequest request = first.takeRequest();
            assertThat(request.getTarget()).isEqualTo("/v2/keys/a%2Fb%20c?quorum=true&x=%C3%A4+b");
            assertThat(request.getHeaders().get("Host")).isEqualTo(first.url().replace("http://", ""));
            assertThat(first.takeRequest().getHeaders().get("Host")).isEqualTo("mine:1");
            assertThat(first.takeRequest().getTarget())
                    .isEqualTo(get("/v2//keys/%2E%2e/a;b=1/?").url().encodedPath() + "?");
            assertThat(first.takeRequest().getTarget()).isEqualTo("/");
        }
    }

    @Test
    void applicationInterceptors_seeListenUrlOncePerCall() throws Exception {
        StringBuilder seen = new StringBuilder();
        Interceptor ofApplication = chain -> {
            seen.append(chain.request().url()).append(' ');
            Response response = chain.proceed(chain.request());
            seen.append(response.request().url());
            return response;
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).stop();
            body(proxy.wrap(plain.newBuilder().addInterceptor(ofApplication).build()), get("/a"), 200);
        }
        assertThat(seen).hasToString(LISTEN + "/a " + LISTEN + "/a");
    }

    @Test
    void call_beforeMembersAreKnown_waits() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        cluster.peerAnswers(request -> {
            asked.countDown();
            awaitLatch(mayAnswer);
            return cluster.members();
        });
        try (EtcdProxy proxy =
                cluster.proxy().dialTimeout(READY).readyTimeout(READY).start()) {
            OkHttpClient client = proxy.wrap(plain);
            CompletableFuture<String> early = CompletableFuture.supplyAsync(() -> {
                try {
                    return body(client, get("/a"), 200);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            awaitLatch(asked);
            assertThat(early).isNotDone();
            mayAnswer.countDown();

            assertThat(early.get(10, TimeUnit.SECONDS)).startsWith("member");
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void waitingCall_withoutMembers_getsTheReason() throws Exception {
        cluster.peerAnswers(request -> new MockResponse.Builder().code(404).build());
        try (EtcdProxy proxy =
                cluster.proxy().readyTimeout(Duration.ofMillis(300)).start()) {
            assertThat(body(proxy.wrap(plain), get("/a"), 503))
                    .contains("httpproxy: zero endpoints currently available")
                    .contains(cluster.peerUrl() + ": answered 404 instead of 200");
        }
    }

    @Test
    void waitingCall_canBeCanceledOrTimeOut() throws Exception {
        cluster.peerAnswers(request -> new MockResponse.Builder().code(404).build());
        try (EtcdProxy proxy = cluster.proxy().readyTimeout(Duration.ofHours(1)).start()) {
            OkHttpClient client = proxy.wrap(plain);
            Call call = client.newCall(get("/a"));
            CompletableFuture<Throwable> outcome = outcomeOf(call);
            await().until(call::isExecuted);
            call.cancel();
            assertThat(outcome.get(10, TimeUnit.SECONDS)).hasMessage("Canceled");

            OkHttpClient hasty =
                    client.newBuilder().callTimeout(Duration.ofMillis(100)).build();
            assertThatThrownBy(() -> hasty.newCall(get("/a")).execute()).isInstanceOf(InterruptedIOException.class);
        }
    }

    @Test
    void anInterruptEndsTheWaitAndStaysVisible() throws Exception {
        cluster.peerAnswers(request -> new MockResponse.Builder().code(404).build());
        try (EtcdProxy proxy = cluster.proxy().readyTimeout(Duration.ofHours(1)).start()) {
            OkHttpClient client = proxy.wrap(plain);
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> client.newCall(get("/a")).execute()).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void close_endsWaitingAndLaterCalls() throws Exception {
        cluster.peerAnswers(request -> new MockResponse.Builder().code(404).build());
        EtcdProxy proxy = cluster.proxy().readyTimeout(Duration.ofHours(1)).start();
        OkHttpClient client = proxy.wrap(plain);
        Call call = client.newCall(get("/a"));
        CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> {
            try (Response response = call.execute()) {
                return response.code();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        await().until(call::isExecuted);
        proxy.close();

        assertThat(status.get(10, TimeUnit.SECONDS)).isEqualTo(503);
        assertThat(body(client, get("/a"), 503)).contains("the proxy has been closed");
        assertThatThrownBy(() -> proxy.awaitReady(READY)).hasMessageContaining("the proxy has been closed");
        assertThatThrownBy(() -> proxy.ready().toCompletableFuture().get()).isInstanceOf(ExecutionException.class);
    }

    @Test
    void errorsCanBeExceptions() throws Exception {
        EtcdProxy proxy = cluster.proxy()
                .mode(ProxyMode.READONLY)
                .errorsAsExceptions(true)
                .start();
        try (proxy) {
            cluster.awaitReadyAndKeepOrder(proxy);
            OkHttpClient client = proxy.wrap(plain);
            cluster.stopMembers();

            assertThat(failure(client, post("/a", "1")).status()).isEqualTo(501);
            EtcdProxyException noResponse = failure(client, get("/a"));
            assertThat(noResponse.status()).isEqualTo(502);
            assertThat(noResponse.outcome()).isEqualTo(Outcome.NOT_APPLIED);
            assertThat(noResponse.attempts()).hasSize(3);
            assertThat(noResponse.getCause()).isInstanceOf(ConnectException.class);
            assertThat(noResponse.getSuppressed()).hasSize(2);
        }
        assertThat(failure(proxy.wrap(plain), get("/a")).status()).isEqualTo(503);
    }

    private static EtcdProxyException failure(OkHttpClient client, Request request) {
        try (Response response = client.newCall(request).execute()) {
            throw new AssertionError("answered with " + response.code());
        } catch (EtcdProxyException e) {
            return e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "PUT", "DELETE"})
    void theConfigEndpointTakesGetOnly(String method) throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            Request request = get("/v2/config/local/proxy")
                    .newBuilder()
                    .method(method, method.equals("PUT") ? RequestBody.EMPTY : null)
                    .build();
            try (Response response = proxy.wrap(plain).newCall(request).execute()) {
                assertThat(response.code()).isEqualTo(405);
                assertThat(response.header("Allow")).isEqualTo("GET");
            }
        }
    }

    @Test
    void configEndpoint_listsMembersThatAreUp() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member down = cluster.inOrder(proxy, 0);
            String second = cluster.inOrder(proxy, 1).url();
            String third = cluster.inOrder(proxy, 2).url();
            down.stop();
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/a"), 200);

            assertThat(body(client, get("/v2/config/local/proxy"), 200))
                    .isEqualTo("{\"endpoints\":[\"" + second + "\",\"" + third + "\"]}\n");
        }
    }

    @Test
    void wrap_wrappedClient_changesNothing() {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient wrapped = proxy.wrap(plain);

            assertThat(proxy.wrap(wrapped)).isSameAs(wrapped);
            assertThat(plain.interceptors()).isEmpty();
            assertThat(plain.networkInterceptors()).isEmpty();
            assertThat(wrapped.connectionPool()).isSameAs(plain.connectionPool());
            assertThat(wrapped.dispatcher()).isSameAs(plain.dispatcher());
        }
    }

    @Test
    void scheduler_shutDown_isRejected() {
        ScheduledExecutorService ended = Executors.newSingleThreadScheduledExecutor();
        ended.shutdown();

        assertThatThrownBy(() -> cluster.proxy().scheduler(ended).start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scheduler: ")
                .hasMessageEndingWith(" has been shut down: give one that runs, or leave the option out");
    }

    @Test
    void scheduler_isUsedAndNotShutDown() throws Exception {
        ScheduledExecutorService callers = Executors.newSingleThreadScheduledExecutor();
        try {
            Set<Thread> before = threads("timer");
            try (EtcdProxy proxy = cluster.proxy().scheduler(callers).start()) {
                proxy.awaitReady(READY);
                assertThat(threads("timer")).isEqualTo(before);
            }
            assertThat(callers.isShutdown()).isFalse();
            assertThat(callers.shutdownNow()).allMatch(task -> ((Future<?>) task).isCancelled());
        } finally {
            callers.shutdownNow();
        }
    }

    private static Set<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("etcd-proxy-\\d+-" + name))
                .collect(Collectors.toSet());
    }

    @Test
    void whenOffCallsGoWhereTheySay() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().mode(ProxyMode.OFF).start()) {
            proxy.awaitReady(Duration.ZERO);

            assertThatThrownBy(() -> proxy.wrap(plain).newCall(get("/a")).execute())
                    .isInstanceOf(UnknownHostException.class);
            assertThat(cluster.members().getCode()).isEqualTo(200);
        }
    }
}
