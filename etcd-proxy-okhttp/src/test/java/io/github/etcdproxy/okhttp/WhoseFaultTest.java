package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.ConnectionPool;
import okhttp3.Dns;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which failures count against a member, which do not, and which cause a probe. */
@Timeout(60)
class WhoseFaultTest {

    /** A body that fails in the middle, like one read from a file. */
    private static RequestBody failingBody(IOException failure) {
        return new RequestBody() {
            @Override
            public @Nullable MediaType contentType() {
                return null;
            }

            @Override
            public long contentLength() {
                return 7;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.writeUtf8("value=").flush();
                throw failure;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheCallersBodyThrowsIsTheCallers(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            Request request = new Request.Builder()
                    .url(RealEtcd.LISTEN + "/v3/kv/range")
                    .post(failingBody(new FileNotFoundException("value.txt")))
                    .build();

            assertThatThrownBy(() -> cluster.client().newCall(request).execute())
                    .isInstanceOf(FileNotFoundException.class)
                    .hasMessage("value.txt");
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
            assertThat(cluster.member(0).processed()).isZero();
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @Test
    void wrongBodyLength_isCallersFailure() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            RequestBody lying = new RequestBody() {
                @Override
                public @Nullable MediaType contentType() {
                    return null;
                }

                @Override
                public long contentLength() {
                    return 3;
                }

                @Override
                public void writeTo(BufferedSink sink) throws IOException {
                    sink.writeUtf8("value=1");
                }
            };
            Request request =
                    new Request.Builder().url(RealEtcd.LISTEN + "/a").put(lying).build();

            assertThatThrownBy(() -> cluster.client().newCall(request).execute())
                    .isInstanceOf(ProtocolException.class)
                    .hasMessageContaining("expected 3 bytes");
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    @Test
    void reusedConnectionBreaks_memberIsOnlyProbed() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).fail(Fault.READ_CLOSE);

            assertThat(body(cluster.client(), post("/a", "1"), 502)).contains("\"outcome\":\"unknown\"");
            await().until(() -> cluster.member(0).probes() > 0);
            assertThat(cluster.isUp(0)).isTrue();
            assertThat(RecordingLogs.about("Member " + cluster.url(0))).isEmpty(); // nor was it down in between
        }
    }

    @Test
    void aFailureOnAFreshConnectionIsTheMembers() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            cluster.member(0).fail(Fault.READ_CLOSE);

            body(cluster.client(), post("/a", "1"), 502);
            assertThat(cluster.isUp(0)).isFalse();
        }
    }

    @Test
    void deadMember_isFoundByProbe() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).refuse();

            body(cluster.client(), post("/a", "1"), 502);
            await().until(() -> !cluster.isUp(0));
            body(cluster.client(), post("/a", "1"), 200);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void read_shortReadTimeout_probesAndGoesOn(boolean http2) throws Exception {
        Setup setup = Setup.of(2, http2).withClient(client -> client.readTimeout(Duration.ofMillis(400)));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).fail(Fault.SLOW);

            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
            assertThat(cluster.member(1).processed()).isEqualTo(1);
            await().until(() -> cluster.member(0).probes() > 0);
            assertThat(cluster.isUp(0)).isTrue();
            assertThat(RecordingLogs.about("Member " + cluster.url(0))).isEmpty();
        }
    }

    @Test
    void callTimeout_doesNotCountAgainstMember() throws Exception {
        Setup setup = Setup.of(2, false).withClient(client -> client.callTimeout(Duration.ofMillis(200)));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).fail(Fault.SLOW);

            assertThatThrownBy(() -> body(cluster.client(), get("/a"), 200))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("timeout");
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GOAWAY", "REFUSED_STREAM"})
    void unprocessedRequest_onlyMember_isRetriedThere(String fault) throws Exception {
        try (RawCluster cluster = Setup.of(1, true).start()) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).failOnce(Fault.valueOf(fault));

            body(cluster.client(), post("/a", "1"), 200);
            assertThat(cluster.member(0).processed()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void write_idleConnectionClosed_isNotLost(boolean otherMember) throws Exception {
        try (RawCluster cluster = Setup.of(otherMember ? 2 : 1, false).start()) {
            body(cluster.client(), get("/a"), 200);
            long used = System.nanoTime();
            cluster.member(0).closeConnections();
            await().until(() -> System.nanoTime() - used > MemberSocket.IDLE.toNanos());

            body(cluster.client(), post("/a", "1"), 200);
            assertThat(cluster.member(0).processed()
                            + (otherMember ? cluster.member(1).processed() : 0))
                    .isEqualTo(2);
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    @Test
    void idleHealthyConnection_isReused() throws Exception {
        try (RawCluster cluster = Setup.of(1, false).start()) {
            for (int i = 0; i < 3; i++) {
                body(cluster.client(), post("/a", "1"), 200);
                long used = System.nanoTime();
                await().until(() -> System.nanoTime() - used > MemberSocket.IDLE.toNanos());
            }
            assertThat(cluster.client().connectionPool().connectionCount()).isEqualTo(1);
            assertThat(cluster.member(0).connections()).isEqualTo(1);
        }
    }

    @Test
    void memberProcessingNothing_isNotRetriedForever() throws Exception {
        try (RawCluster cluster = Setup.of(1, true).start()) {
            body(cluster.client(), get("/a"), 200);
            cluster.member(0).fail(Fault.REFUSED_STREAM);

            assertThat(body(cluster.client(), post("/a", "1"), 502))
                    .contains("\"phase\":\"refused\"", "\"outcome\":\"not-applied\"");
        }
    }

    @Test
    void repeatablePolicy_sendsWriteToNextMember() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            cluster.member(0).fail(Fault.READ_CLOSE);
            Request repeatable = put("/v2/keys/a", "1")
                    .newBuilder()
                    .tag(FailoverPolicy.class, FailoverPolicy.REPEATABLE)
                    .build();

            body(cluster.client(), repeatable, 200);
            assertThat(cluster.member(1).processed()).isEqualTo(1);
        }
    }

    @Test
    void neverPolicy_limitsRequestToOneMember() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            cluster.member(0).refuse();
            Request single = get("/a")
                    .newBuilder()
                    .tag(FailoverPolicy.class, FailoverPolicy.NEVER)
                    .build();

            assertThat(body(cluster.client(), single, 502)).contains("unable to get response from 1 endpoint(s)");
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @Test
    void write_interceptorsRetryRefused_isNotSentAgain() throws Exception {
        try (RawCluster cluster = Setup.of(2, true).start()) {
            cluster.member(0).fail(Fault.READ_CLOSE);
            Interceptor repeating = chain -> {
                try {
                    return chain.proceed(chain.request());
                } catch (IOException e) {
                    cluster.member(0).fail(Fault.REFUSED_STREAM);
                    return chain.proceed(chain.request());
                }
            };
            OkHttpClient client =
                    cluster.client().newBuilder().addInterceptor(repeating).build();

            assertThat(body(client, post("/a", "1"), 502)).contains("\"outcome\":\"unknown\"");
            assertThat(cluster.member(0).processed()).isEqualTo(1);
            assertThat(cluster.member(1).processed()).isZero();
        }
    }

    @Test
    void badFirstAddress_callersFailureStaysCallers() throws Exception {
        InetAddress dead = InetAddress.getByName("127.0.0.2");
        InetAddress alive = InetAddress.getLoopbackAddress();
        // Connects to the first address hang, so OkHttp tries the second in parallel and cancels the first late.
        try (RawMember member = new RawMember("member", false);
                ServerSocket full = new ServerSocket(member.port(), 1, dead);
                Socket one = new Socket(dead, member.port());
                Socket two = new Socket(dead, member.port());
                RawMember peer = new RawMember("peer", false)) {
            assertThat(one.isConnected() && two.isConnected() && full.isBound()).isTrue();
            peer.lists(List.of("http://member.invalid:" + member.port()));
            try (EtcdProxy proxy = EtcdProxy.builder()
                    .listenClientUrls(RealEtcd.LISTEN)
                    .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                OkHttpClient client = proxy.wrap(new OkHttpClient.Builder()
                        .dns(hostname -> List.of(dead, alive))
                        .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
                        .build());
                Request request = new Request.Builder()
                        .url(RealEtcd.LISTEN + "/a")
                        .put(failingBody(new FileNotFoundException("value.txt")))
                        .build();
                for (int i = 0; i < 10; i++) {
                    assertThatThrownBy(() -> client.newCall(request).execute())
                            .isInstanceOf(FileNotFoundException.class);
                }
                assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
            }
        }
    }

    @Test
    void whereAMemberSendsUsIsNotItsFault() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(2);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(307)
                            .addHeader("Location", "http://127.0.0.1:1/")
                            .build());

            assertThatThrownBy(() -> body(proxy.wrap(new OkHttpClient()), get("/a"), 200))
                    .isInstanceOf(ConnectException.class);
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void noLeader_doesNotFlapMembers() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(3);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            for (int i = 0; i < 3; i++) {
                cluster.inOrder(proxy, i).answer(request -> json(500, "{\"errorCode\":300,\"cause\":\"no\\nleader\"}"));
            }
            OkHttpClient client = proxy.wrap(new OkHttpClient());
            for (int i = 0; i < 20; i++) {
                body(client, get("/v2/keys/a"), 500);
            }
            for (int i = 0; i < 3; i++) {
                List<String> lines = RecordingLogs.about("Member " + cluster.memberUrl(i));
                assertThat(lines).singleElement().asString().contains("is down: answered 500: no leader;");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "LOCALHOST"})
    void unusualMemberUrl_failsNormally(String host) throws Exception {
        try (RawMember member = new RawMember("member", false);
                RawMember gone = new RawMember("gone", false);
                RawMember peer = new RawMember("peer", false)) {
            gone.refuse();
            peer.lists(List.of("http://" + host + ":" + gone.port(), member.url()));
            for (boolean goneFirst = false; !goneFirst; ) {
                try (EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(RealEtcd.LISTEN)
                        .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                        .start()) {
                    proxy.awaitReady(Duration.ofSeconds(20));
                    goneFirst = proxy.status().endpoints().get(0).url().port() == gone.port();
                    OkHttpClient client = proxy.wrap(new OkHttpClient());
                    body(client, post("/a", "1"), 200);
                    assertThat(proxy.status().endpoints().stream()
                                    .filter(Endpoint::isAvailable)
                                    .count())
                            .isEqualTo(goneFirst ? 1 : 2);
                }
            }
        }
    }

    @Test
    void write_abandonedByInterceptor_isNotSentAgain() throws Exception {
        CountDownLatch resolving = new CountDownLatch(1);
        CountDownLatch resolve = new CountDownLatch(1);
        Dns slow = hostname -> {
            resolving.countDown();
            try {
                resolve.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return List.of(InetAddress.getLoopbackAddress());
        };
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Interceptor impatient = chain -> {
            Future<Response> response = executor.submit(() -> chain.proceed(chain.request()));
            try {
                resolving.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            assertThat(response).isNotNull();
            throw new IOException("limiter");
        };
        try (RawMember member0 = new RawMember("member 0", false);
                RawMember member1 = new RawMember("member 1", false);
                RawMember peer = new RawMember("peer", false)) {
            peer.lists(List.of("http://a.invalid:" + member0.port(), "http://b.invalid:" + member1.port()));
            try (EtcdProxy proxy = EtcdProxy.builder()
                    .listenClientUrls(RealEtcd.LISTEN)
                    .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                    .dialTimeout(Duration.ofSeconds(10))
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                OkHttpClient client = proxy.wrap(
                                new OkHttpClient.Builder().dns(slow).build())
                        .newBuilder()
                        .addInterceptor(impatient)
                        .build();

                assertThat(body(client, post("/a", "1"), 502)).contains("\"outcome\":\"unknown\"", "1 endpoint(s)");
            }
        } finally {
            resolve.countDown();
            executor.shutdownNow();
        }
    }

    @Test
    void requestForOneMember_staleConnection_reconnects() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            body(cluster.client(), get("/a"), 200);
            long used = System.nanoTime();
            cluster.member(0).closeConnections();
            await().until(() -> System.nanoTime() - used > MemberSocket.IDLE.toNanos());

            Request single = post("/a", "1")
                    .newBuilder()
                    .tag(FailoverPolicy.class, FailoverPolicy.NEVER)
                    .build();
            body(cluster.client(), single, 200);
            assertThat(cluster.member(0).processed()).isEqualTo(2);
        }
    }

    @Test
    void repeatableWrite_maybeApplied_isUnknown() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(2);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).answer(request -> json(503, "{\"error\":\"no leader\",\"code\":14}"));
            cluster.inOrder(proxy, 1)
                    .answer(request -> new MockResponse.Builder()
                            .onResponseStart(new SocketEffect.CloseSocket())
                            .build());
            Request repeatable = put("/v2/keys/a", "1")
                    .newBuilder()
                    .tag(FailoverPolicy.class, FailoverPolicy.REPEATABLE)
                    .build();

            assertThat(body(proxy.wrap(new OkHttpClient()), repeatable, 502)).contains("\"outcome\":\"unknown\"");
        }
    }

    private static MockResponse json(int status, String body) {
        return new MockResponse.Builder()
                .code(status)
                .addHeader("Content-Type", "application/json")
                .body(body)
                .build();
    }

    /** Recorded from etcd 3.4.23 without a leader, stopping, and as a learner; the last two from etcd 3.5 and 3.6. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    500 | {"errorCode":300,"message":"Raft Internal Error","cause":"etcdserver: request timed out","index":0}
                    500 | {"errorCode":300,"message":"Raft Internal Error","cause":"etcdserver: server stopped","index":0}
                    500 | {"errorCode":301,"message":"During Leader Election","cause":"","index":0}
                    503 | {"error":"etcdserver: request timed out","message":"etcdserver: request timed out","code":14}
                    503 | {"error":"transport is closing","message":"transport is closing","code":14}
                    503 | {"error":"etcdserver: rpc not supported for learner","code":14}
                    503 | {"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: rpc not supported for learner"}}
                    400 | {"error":"etcdserver: rpc not supported for learner","code":9,"details":[]}
                    """)
    void read_memberUnavailable_goesToNextMember(int status, String answer) throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(3);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member unserving = cluster.inOrder(proxy, 0);
            unserving.answer(request -> json(status, answer));
            OkHttpClient client = proxy.wrap(new OkHttpClient());

            assertThat(body(client, v3("/kv/range", "{\"key\":\"YQ==\"}"), 200)).startsWith("member");
            Endpoint last = proxy.status().endpoints().get(2);
            assertThat(last.url()).hasToString(unserving.url());
            assertThat(last.failure().orElse("")).startsWith("answered " + status + ": ");
        }
    }

    @Test
    void write_memberUnavailable_isReturnedAsIs() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(2);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            String answer = "{\"errorCode\":300,\"message\":\"Raft Internal Error\",\"cause\":\"x\",\"index\":0}";
            cluster.inOrder(proxy, 0).answer(request -> json(500, answer));
            OkHttpClient client = proxy.wrap(new OkHttpClient());

            assertThat(body(client, put("/v2/keys/a", "1"), 500)).isEqualTo(answer);
            assertThat(body(client, put("/v2/keys/a", "1"), 200)).startsWith("member");
        }
    }

    @Test
    void allMembersUnavailable_returnsOneResponse() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(3);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            String answer = "{\"error\":\"etcdserver: no leader\",\"message\":\"etcdserver: no leader\",\"code\":14}";
            for (int i = 0; i < 2; i++) {
                cluster.inOrder(proxy, i).answer(request -> json(503, answer));
            }
            cluster.inOrder(proxy, 2).stop(); // no response at all is worse than that one
            OkHttpClient client = proxy.wrap(new OkHttpClient());

            assertThat(body(client, v3("/kv/range", "{\"key\":\"YQ==\"}"), 503)).isEqualTo(answer);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /health | 503 | {"health":"false"}
                    /v2/stats/leader | 403 | {"message":"not current leader"}
                    /v2/keys/a | 404 | {"errorCode":100,"message":"Key not found","cause":"/a","index":5}
                    /v2/keys/a | 400 | {"errorCode":401,"message":"The event in requested index is outdated and cleared"}
                    /v2/keys/a | 500 | Internal Server Error
                    /v2/keys/a | 503 | []
                    """)
    void otherAnswersAreAnswersAndNobodysFault(String path, int status, String answer) throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(2);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).answer(request -> json(status, answer));
            OkHttpClient client = proxy.wrap(new OkHttpClient());

            try (Response response = client.newCall(get(path)).execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.body().string()).isEqualTo(answer);
            }
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }
}
