package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.Buffer;
import okio.BufferedSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An attempt waits for its member while OkHttp is busy with it, and is idle while an interceptor, an authenticator or
 * the caller works: then no probe begins, and nothing is aborted.
 */
@Tag("once")
@Execution(ExecutionMode.CONCURRENT)
@Timeout(60)
class AwaitedMemberTest {

    /** Longer than a member may be silent before it is probed, and a probe before it fails. */
    private static final Duration LONG = Duration.ofMillis(2200);

    private static OkHttpClient behind(RawCluster cluster, Interceptor interceptor) {
        return cluster.client().newBuilder().addInterceptor(interceptor).build();
    }

    private static Request request(String method) {
        return method.equals("GET") ? get("/a") : post("/a", "1");
    }

    /** Makes no sockets. */
    private static final class UnconnectedSockets extends SocketFactory {
        @Override
        public Socket createSocket() throws IOException {
            throw new ConnectException("no socket");
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return createSocket();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return createSocket();
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
                throws IOException {
            return createSocket();
        }
    }

    /** Takes long while the member does not answer probes, so that any probe fails. */
    private static void think(RawMember member) {
        member.fail(Fault.STALL);
        long until = System.nanoTime() + LONG.toNanos();
        await().atMost(LONG.multipliedBy(3)).until(() -> System.nanoTime() - until >= 0);
        member.fail(Fault.NONE);
    }

    private static void assertUndisturbed(RawCluster cluster) {
        assertThat(cluster.isUp(0)).isTrue();
        assertThat(cluster.member(1).processed()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void slowAuthenticator_isNotTimed(String method) throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.CHALLENGE_THEN_STALL);
            OkHttpClient client = cluster.client()
                    .newBuilder()
                    .authenticator((route, response) -> {
                        think(member);
                        return response.request()
                                .newBuilder()
                                .header("Authorization", "Basic eA==")
                                .build();
                    })
                    .build();

            assertThat(body(client, request(method), 200)).startsWith("member");
            assertThat(member.processed()).isEqualTo(2);
            assertUndisturbed(cluster);
        }
    }

    /** How an interceptor's first attempt fails. */
    enum FirstTry {
        NOT_CONNECTED,
        CUT
    }

    @ParameterizedTest
    @CsvSource({"false, GET, NOT_CONNECTED", "true, POST, NOT_CONNECTED", "false, POST, CUT", "true, GET, CUT"})
    void interceptorBehind_pausingBetweenTries_isNotTimed(boolean http2, String method, FirstTry how) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.READ_CLOSE);
            OkHttpClient client = behind(cluster, chain -> {
                Interceptor.Chain first =
                        how == FirstTry.CUT ? chain : chain.withSocketFactory(new UnconnectedSockets());
                assertThatThrownBy(() -> first.proceed(chain.request())).isInstanceOf(IOException.class);
                think(member);
                return chain.proceed(chain.request());
            });

            assertThat(body(client, request(method), 200)).startsWith("member");
            assertUndisturbed(cluster);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void interceptorBehind_holdingAResponse_isNotTimed(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            RawMember member = cluster.member(0);
            OkHttpClient client = behind(cluster, chain -> {
                Response response = chain.proceed(chain.request());
                think(member);
                return response;
            });

            assertThat(body(client, get("/a"), 200)).startsWith("member");
            assertUndisturbed(cluster);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void slowNetworkInterceptor_isNotTimed(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            RawMember member = cluster.member(0);
            OkHttpClient client = cluster.client()
                    .newBuilder()
                    .addNetworkInterceptor(chain -> {
                        think(member); // before
                        Response response = chain.proceed(chain.request());
                        think(member); // after
                        return response;
                    })
                    .build();

            assertThat(body(client, get("/a"), 200)).startsWith("member");
            assertUndisturbed(cluster);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, GET", "false, POST", "true, GET", "true, POST"})
    void interceptorBehind_retryingAfterAHang_isServed(boolean http2, String method) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.STALL);
            OkHttpClient client = behind(cluster, chain -> {
                assertThatThrownBy(() -> chain.proceed(chain.request())).isInstanceOf(IOException.class);
                member.fail(Fault.NONE);
                return chain.proceed(chain.request());
            });

            assertThat(body(client, request(method), 200)).startsWith("member");
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @Test
    void interceptorsException_afterAnAnsweredRetry_isThrown() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.STALL);
            OkHttpClient client = behind(cluster, chain -> {
                assertThatThrownBy(() -> chain.proceed(chain.request())).isInstanceOf(IOException.class);
                member.fail(Fault.NONE);
                chain.proceed(chain.request()).close();
                throw new IOException("the interceptor's own");
            });

            assertThatThrownBy(() -> body(client, get("/a"), 200)).hasMessage("the interceptor's own");
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void pooledConnections_toAHungMember_costOneWait(String method) throws Exception {
        int connections = 5;
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        Setup setup = Setup.of(2, false).withClient(client -> client.readTimeout(Duration.ZERO));
        try (RawCluster cluster = setup.start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.SLOW);
            List<CompletableFuture<Void>> calls = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                calls.add(CompletableFuture.runAsync(() -> read(cluster.client(), get("/a")), threads));
                member.awaitRequests(i + 1); // its queue of connections is short
            }
            member.goOn();
            calls.forEach(CompletableFuture::join);
            assertThat(cluster.client().connectionPool().idleConnectionCount()).isEqualTo(connections);
            member.fail(Fault.STALL);
            long began = System.nanoTime();

            if (method.equals("GET")) {
                assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
            } else {
                body(cluster.client(), post("/a", "1"), 504);
            }
            // A probe takes a second and a half from the beginning of the call, for each connection.
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        } finally {
            threads.shutdownNow();
        }
    }

    private static void read(OkHttpClient client, Request request) {
        try {
            body(client, request, 200);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusedWebSocket_onAHungMember_fails(boolean pooled) throws Exception {
        Setup setup = Setup.of(2, false)
                .withClient(client -> client.readTimeout(Duration.ZERO).protocols(List.of(Protocol.HTTP_1_1)));
        try (RawCluster cluster = setup.start()) {
            if (pooled) {
                body(cluster.client(), get("/a"), 200);
            }
            cluster.member(0).fail(Fault.UNAVAILABLE_THEN_STALL);
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            cluster.client().newWebSocket(get("/v3/watch"), new WebSocketListener() {
                @Override
                public void onFailure(WebSocket webSocket, Throwable t, Response response) {
                    failure.complete(t);
                }
            });

            // A handshake may have had an effect, so it is not repeated.
            assertThat(failure.get(8, TimeUnit.SECONDS))
                    .hasMessageContaining("Expected HTTP 101 response but was '504");
            assertThat(cluster.isUp(0)).isFalse();
        }
    }

    @Test
    void busyMember_withAnOpenWatch_isNotProbed() throws Exception {
        try (RawCluster cluster = Setup.of(1, false).start()) {
            RawMember member = cluster.member(0);
            member.failOnce(Fault.WATCH);
            CompletableFuture<Void> watching = CompletableFuture.runAsync(
                    () -> read(cluster.client(), get("/v2/keys/a?wait=true")), Executors.newSingleThreadExecutor());
            member.awaitRequests(1);
            member.fail(Fault.NONE);
            long until = System.nanoTime() + Duration.ofSeconds(3).toNanos();
            while (System.nanoTime() - until < 0) {
                body(cluster.client(), get("/a"), 200);
            }

            // Every half second there would be one; a slow machine may pause that long.
            assertThat(member.probes()).isLessThanOrEqualTo(2);
            member.goOn();
            watching.join();
        }
    }

    @Test
    void bufferedBody_readSlowly_doesNotHideAHang() throws Exception {
        Setup setup = Setup.of(2, false).withClient(client -> client.readTimeout(Duration.ZERO));
        try (RawCluster cluster = setup.start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.BODY_THEN_STALL);
            CountDownLatch over = new CountDownLatch(1);
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
                try (Response large = cluster.client().newCall(post("/a", "1")).execute()) {
                    BufferedSource source = large.body().source();
                    // 100 times 8 kB, which have come long ago.
                    for (int i = 0; i < 100 && over.getCount() > 0; i++) {
                        source.read(new Buffer(), 8192);
                        pause(Duration.ofMillis(100));
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            member.awaitRequests(1);
            long began = System.nanoTime();

            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(6));
            assertThat(cluster.isUp(0)).isFalse();
            over.countDown();
            reader.join();
        }
    }

    private static void pause(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        await().pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }
}
