package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.okhttp.internal.watch.WatchMessages;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The caller's view of a watch and the requests to the members, over real sockets. */
@Timeout(60)
class WatchTest {
    private ScriptedCluster cluster;
    private OkHttpClient plain;

    /** The responses of the members, whichever is asked; when none are left, they hold the watch silently. */
    private final Deque<MockResponse> answers = new ConcurrentLinkedDeque<>();

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<ResumedWatch> resumed = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        cluster = new ScriptedCluster(2);
        plain = RealEtcd.client().build();
    }

    @AfterEach
    void stop() {
        plain.connectionPool().evictAll();
        cluster.close();
    }

    private EtcdProxy proxy(Consumer<EtcdProxy.Builder> options) throws Exception {
        EtcdProxy.Builder builder = cluster.proxy()
                .failureWait(Duration.ofMillis(50))
                .listener(new EtcdProxyListener() {
                    @Override
                    public void watchResumed(ResumedWatch watch) {
                        resumed.add(watch);
                    }
                });
        options.accept(builder);
        EtcdProxy proxy = builder.start();
        cluster.awaitReadyAndKeepOrder(proxy);
        cluster.inOrder(proxy, 0).answer(this::answer);
        cluster.inOrder(proxy, 1).answer(this::answer);
        return proxy;
    }

    private MockResponse answer(RecordedRequest request) {
        if (request.getTarget().equals("/version")) {
            return new MockResponse.Builder().build();
        }
        String body = request.getBody() == null ? "" : request.getBody().utf8();
        asked.add(request.getTarget() + body);
        MockResponse answer = answers.poll();
        return answer == null
                ? v2(100).bodyDelay(1, TimeUnit.MINUTES).chunkedBody("never", 1).build()
                : answer;
    }

    private static MockResponse.Builder v2(long index) {
        return new MockResponse.Builder()
                .addHeader("X-Etcd-Index", Long.toString(index))
                .addHeader("X-Etcd-Cluster-Id", "1f");
    }

    /** Breaks off after a text. */
    private static MockResponse cut(MockResponse.Builder answer, String text) {
        // A chunk that is announced but not sent.
        return answer.addHeader("Transfer-Encoding", "chunked")
                .removeHeader("Content-Length")
                .body(new Buffer().writeUtf8(chunk(text) + "fff\r\n"))
                .removeHeader("Content-Length")
                .onResponseEnd(new SocketEffect.CloseSocket())
                .build();
    }

    private static String chunk(String text) {
        return text.isEmpty() ? "" : Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    private static MockResponse whole(MockResponse.Builder answer, String text) {
        return answer.chunkedBody(text, 7).build();
    }

    private static String event(String key, long index) {
        return "{\"action\":\"set\",\"node\":{\"key\":\"" + key + "\",\"value\":\"{\\\"}\",\"modifiedIndex\":" + index
                + ",\"createdIndex\":1}}\n";
    }

    private String watch(EtcdProxy proxy, Request request) throws IOException {
        return body(proxy.wrap(plain), request, 200);
    }

    @Test
    void singleWatch_resumesAfterStartIndex() throws Exception {
        answers.addAll(List.of(cut(v2(10), ""), whole(v2(12), event("/a", 11))));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo(event("/a", 11));
        }
        assertThat(asked).containsExactly("/v2/keys/a?wait=true", "/v2/keys/a?waitIndex=11&wait=true");
        assertThat(resumed).singleElement().satisfies(watch -> {
            assertThat(watch.path()).isEqualTo("/v2/keys/a");
            assertThat(watch.from()).isEqualTo(11);
        });
    }

    @Test
    void halfAnEventIsNotPassedOn() throws Exception {
        String half = event("/a", 12).substring(0, 30);
        answers.addAll(List.of(
                cut(v2(10), event("/a", 11) + half),
                cut(v2(12), event("/a", 12)), // from the history
                cut(v2(12), event("/a", 13).strip()),
                whole(v2(13), event("/a", 14)),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?stream=true&wait=true&waitIndex=1")))
                    .isEqualTo(event("/a", 11) + event("/a", 12) + event("/a", 13) + event("/a", 14));
        }
        assertThat(asked)
                .startsWith(
                        "/v2/keys/a?stream=true&wait=true&waitIndex=1",
                        "/v2/keys/a?waitIndex=12&stream=true&wait=true&waitIndex=1",
                        "/v2/keys/a?waitIndex=13&stream=true&wait=true&waitIndex=1",
                        "/v2/keys/a?waitIndex=14&stream=true&wait=true&waitIndex=1");
    }

    @Test
    void streamFromHistory_isReopenedPerEvent() throws Exception {
        // etcd sends one event from its history and then no other.
        answers.addAll(List.of(
                v2(12).chunkedBody(event("/a", 11), 5).build(),
                v2(12).chunkedBody(event("/a", 12), 5).build(),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true&stream=true&waitIndex=11")))
                    .isEqualTo(event("/a", 11) + event("/a", 12));
        }
        assertThat(resumed).as("nothing had broken off").isEmpty();
    }

    @Test
    void historyEventsOfOtherKeys_areSkipped() throws Exception {
        String deleted =
                "{\"action\":\"delete\",\"node\":{\"key\":\"/d\",\"dir\":true,\"modifiedIndex\":14,\"createdIndex\":1}}\n";
        answers.addAll(List.of(
                cut(v2(10), ""),
                whole(v2(14), event("/dir/_hidden/x", 11)),
                whole(v2(14), event("/dir/sub/_hidden", 12)),
                whole(v2(14), event("/dir/a", 13)),
                whole(v2(14), deleted),
                whole(v2(14), deleted.replace("\"/d\"", "\"/dir\"").replace("14", "15")),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/dir/?wait=true&recursive=true&stream=true")))
                    .isEqualTo(event("/dir/a", 13)
                            + deleted.replace("\"/d\"", "\"/dir\"").replace("14", "15"));
        }
    }

    @Test
    void clearedHistory_endsBodyLikeEtcd() throws Exception {
        answers.addAll(List.of(
                cut(v2(10), ""),
                new MockResponse.Builder()
                        .code(400)
                        .body(
                                "{\"errorCode\":401,\"message\":\"The event in requested index is outdated and cleared\"}")
                        .build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true"))).isEmpty();
        }
    }

    @Test
    void anotherClusterKnowsNothingOfTheIndex() throws Exception {
        answers.addAll(List.of(cut(v2(10), ""), whole(v2(12).setHeader("X-Etcd-Cluster-Id", "2f"), event("/a", 11))));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true"))).isEmpty();
        }
    }

    @Test
    void unavailableMembers_areRetried() throws Exception {
        answers.add(cut(v2(10), ""));
        for (int i = 0; i < 6; i++) {
            answers.add(new MockResponse.Builder()
                    .code(500)
                    .body("{\"errorCode\":300,\"message\":\"Raft Internal Error\"}")
                    .build());
        }
        answers.add(whole(v2(12), event("/a", 11)));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo(event("/a", 11));
        }
    }

    @Test
    void permanentError_isReported() throws Exception {
        answers.addAll(List.of(
                cut(v2(10), ""),
                new MockResponse.Builder().code(401).body("{\"errorCode\":110}").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThatThrownBy(() -> watch(proxy, get("/v2/keys/a?wait=true")))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the watch can't be resumed at 11: " + RealEtcd.LISTEN
                            + "/v2/keys/a?waitIndex=11&wait=true answered 401");
        }
    }

    @Test
    void otherResponses_areLeftAlone() throws Exception {
        answers.addAll(List.of(
                new MockResponse.Builder().body("<html>").build(),
                v2(1).addHeader("Content-Encoding", "br").body("xyz").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo("<html>");
            assertThat(watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo("xyz");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resumingCanBeSwitchedOff(boolean byTag) throws Exception {
        answers.add(cut(v2(10), event("/a", 11).substring(0, 20)));
        try (EtcdProxy proxy = proxy(options -> options.resumeWatches(byTag))) {
            Request request = get("/v2/keys/a?wait=true");
            Request tagged = byTag
                    ? request.newBuilder()
                            .tag(FailoverPolicy.class, FailoverPolicy.NEVER)
                            .build()
                    : request;
            assertThatThrownBy(() -> watch(proxy, tagged)).isInstanceOf(IOException.class);
        }
        assertThat(asked).hasSize(1);
    }

    @Test
    void interceptorsOfTheApplicationSeeOneCall() throws Exception {
        answers.addAll(List.of(cut(v2(10), ""), cut(v2(10), ""), whole(v2(12), event("/a", 11))));
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger exchanges = new AtomicInteger();
        OkHttpClient counting = plain.newBuilder()
                .addInterceptor(chain -> {
                    calls.incrementAndGet();
                    return chain.proceed(chain.request()
                            .newBuilder()
                            .header("Authorization", "Basic b2s=")
                            .build());
                })
                .addNetworkInterceptor(chain -> {
                    exchanges.incrementAndGet();
                    assertThat(chain.request().header("Authorization")).isEqualTo("Basic b2s=");
                    return chain.proceed(chain.request());
                })
                .build();
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(body(proxy.wrap(counting), get("/v2/keys/a?wait=true"), 200))
                    .isEqualTo(event("/a", 11));
        }
        assertThat(calls).hasValue(1);
        assertThat(exchanges).hasValue(3);
    }

    /** Reads on another thread, until that fails. */
    private static CompletableFuture<Throwable> readingEndsWith(Response response) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return new AssertionError("read " + response.body().string());
            } catch (IOException e) {
                return e;
            }
        });
    }

    private interface Ending {
        void end(Call call, Response response, EtcdProxy proxy);
    }

    /** Ways to end a watch that finds no member, and the reader's exception. */
    private enum End implements Ending {
        CANCEL("Canceled") {
            @Override
            public void end(Call call, Response response, EtcdProxy proxy) {
                call.cancel();
            }
        },
        CLOSE("closed") {
            @Override
            public void end(Call call, Response response, EtcdProxy proxy) {
                response.close();
            }
        },
        CLOSE_THE_PROXY("the watch can't be resumed: the proxy has been closed") {
            @Override
            public void end(Call call, Response response, EtcdProxy proxy) {
                proxy.close();
            }
        };

        private final String message;

        End(String message) {
            this.message = message;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CANCEL, false",
        "CLOSE, false",
        "CLOSE_THE_PROXY, false",
        "CANCEL, true",
        "CLOSE, true",
        "CLOSE_THE_PROXY, true"
    })
    void watchWithoutMember_endsOnReadersRequest(End end, boolean exceptions) throws Exception {
        answers.add(cut(v2(10), ""));
        try (EtcdProxy proxy = proxy(options -> options.errorsAsExceptions(exceptions))) {
            CountDownLatch tried = new CountDownLatch(6);
            for (int i = 0; i < 2; i++) {
                cluster.inOrder(proxy, i).answer(request -> {
                    MockResponse first = answers.poll();
                    tried.countDown();
                    return first != null
                            ? first
                            : new MockResponse.Builder().code(503).build();
                });
            }
            Call call = proxy.wrap(plain).newCall(get("/v2/keys/a?wait=true"));
            Response response = call.execute();
            CompletableFuture<Throwable> told = readingEndsWith(response);
            assertThat(tried.await(20, TimeUnit.SECONDS)).isTrue();
            end.end(call, response, proxy);
            assertThat(told.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(IOException.class)
                    .hasMessage(end.message);
        }
    }

    @Test
    void cancellingEndsAWatchThatAnotherMemberHolds() throws Exception {
        answers.add(cut(v2(10), ""));
        try (EtcdProxy proxy = proxy(options -> {})) {
            Call call = proxy.wrap(plain).newCall(get("/v2/keys/a?wait=true"));
            Response response = call.execute();
            CompletableFuture<Throwable> told = readingEndsWith(response);
            await().until(() -> asked.size() == 2);
            call.cancel();
            // The member would hold it for a minute.
            assertThat(told.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(IOException.class)
                    .hasMessage("Canceled");
        }
    }

    @Test
    void theTimeOfTheCallGoesOn() throws Exception {
        answers.add(cut(v2(10), ""));
        try (EtcdProxy proxy = proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(
                    plain.newBuilder().callTimeout(Duration.ofMillis(700)).build());
            assertThatThrownBy(() -> body(client, get("/v2/keys/a?wait=true"), 200))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("timeout");
        }
        assertThat(asked).hasSize(2);
    }

    @Test
    void history_isReadOneByOneThenStreamed() throws Exception {
        answers.addAll(List.of(
                cut(v2(10), ""),
                v2(13).bodyDelay(0, TimeUnit.SECONDS)
                        .chunkedBody(event("/a", 11), 5)
                        .build(), // a stream, of one event
                whole(v2(13), event("/a", 12)),
                whole(v2(13), event("/a", 14)), // not from the history
                cut(v2(14), event("/a", 15) + event("/a", 16)),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true&stream=true")))
                    .isEqualTo(event("/a", 11) + event("/a", 12) + event("/a", 14) + event("/a", 15) + event("/a", 16));
        }
        assertThat(asked)
                .containsExactly(
                        "/v2/keys/a?wait=true&stream=true",
                        "/v2/keys/a?waitIndex=11&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=12&stream=false&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=13&stream=false&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=15&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=17&wait=true&stream=true");
    }

    @Test
    void earlierEvent_isNotRepeated() throws Exception {
        answers.addAll(List.of(
                cut(v2(10), event("/a", 11)),
                whole(v2(11), event("/a", 11)),
                whole(v2(12), event("/a", 12)),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, get("/v2/keys/a?wait=true&stream=true")))
                    .isEqualTo(event("/a", 11) + event("/a", 12));
        }
    }

    @Test
    void watchesThatEndAtOnce_arePaced() throws Exception {
        for (int i = 0; i < 6; i++) {
            answers.add(whole(v3Answer(), created(10)));
        }
        answers.add(whole(v3Answer(), created(10) + COMPACTED));
        long began = System.nanoTime();
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + COMPACTED);
        }
        // The first time at once, then after at least half of 0.1, 0.2, 0.4, 0.8 and 1.6 seconds.
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1500));
    }

    @Test
    void timeoutLiftedAfterWrapping_isLifted() throws Exception {
        answers.addAll(List.of(
                cut(v2(10), ""),
                v2(10).bodyDelay(900, TimeUnit.MILLISECONDS)
                        .chunkedBody(event("/a", 11), 5)
                        .build()));
        try (EtcdProxy proxy = proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(plain.newBuilder()
                            .callTimeout(Duration.ofMillis(400))
                            .build())
                    .newBuilder()
                    .callTimeout(Duration.ZERO)
                    .build();
            assertThat(body(client, get("/v2/keys/a?wait=true"), 200)).isEqualTo(event("/a", 11));
        }
    }

    @Test
    void credentialsAddedBehindProxy_areRepeated() throws Exception {
        answers.addAll(List.of(cut(v2(10), ""), whole(v2(12), event("/a", 11))));
        List<String> given = new CopyOnWriteArrayList<>();
        try (EtcdProxy proxy = proxy(options -> {})) {
            for (int i = 0; i < 2; i++) {
                cluster.inOrder(proxy, i).answer(request -> {
                    given.add(request.getHeaders().get("Authorization") + "");
                    return answer(request);
                });
            }
            OkHttpClient client = proxy.wrap(plain)
                    .newBuilder()
                    .addInterceptor(chain -> chain.proceed(chain.request()
                            .newBuilder()
                            .header("Authorization", "Basic b2s=")
                            .build()))
                    .build();
            assertThat(body(client, get("/v2/keys/a?wait=true"), 200)).isEqualTo(event("/a", 11));
        }
        assertThat(given).containsExactly("Basic b2s=", "Basic b2s=");
    }

    @Test
    void receivedEvents_arePassedOnBeforeResuming() throws Exception {
        answers.add(cut(v2(12), event("/a", 11))); // from the history, so more must be requested
        try (EtcdProxy proxy = proxy(options -> {})) {
            for (int i = 0; i < 2; i++) {
                cluster.inOrder(proxy, i).answer(request -> {
                    MockResponse first = answers.poll();
                    return first != null
                            ? first
                            : new MockResponse.Builder().code(503).build();
                });
            }
            try (Response response = proxy.wrap(plain)
                    .newCall(get("/v2/keys/a?wait=true&stream=true&waitIndex=11"))
                    .execute()) {
                BufferedSource source = response.body().source();
                assertThat(source.readUtf8Line() + "\n").isEqualTo(event("/a", 11));
                source.timeout().timeout(300, TimeUnit.MILLISECONDS);
                assertThatThrownBy(source::readUtf8Line)
                        .isInstanceOf(InterruptedIOException.class)
                        .hasMessage("timeout");
            }
        }
    }

    @Test
    void longerReaderTimeout_applies() throws Exception {
        answers.add(whole(v2(12), event("/a", 11)));
        answers.addFirst(
                v2(10).bodyDelay(1, TimeUnit.MINUTES).chunkedBody("never", 1).build());
        try (EtcdProxy proxy = proxy(options -> options.readTimeout(Duration.ofMillis(300)));
                Response response =
                        proxy.wrap(plain).newCall(get("/v2/keys/a?wait=true")).execute()) {
            BufferedSource source = response.body().source();
            source.timeout().timeout(1, TimeUnit.HOURS);
            assertThat(source.readUtf8()).isEqualTo(event("/a", 11));
        }
    }

    @Test
    void readerTimeout_doesNotCountAgainstMember() throws Exception {
        try (EtcdProxy proxy = proxy(options -> {});
                Response response =
                        proxy.wrap(plain).newCall(get("/v2/keys/a?wait=true")).execute()) {
            BufferedSource source = response.body().source();
            source.timeout().timeout(300, TimeUnit.MILLISECONDS);
            assertThatThrownBy(source::exhausted).isInstanceOf(InterruptedIOException.class);
            assertThatThrownBy(source::exhausted)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the watch has failed before");
        }
        assertThat(asked).hasSize(1);
    }

    // The v3 gateway.

    private static final String CREATE = "{\"create_request\":{\"key\":\"YQ==\",\"watch_id\":9007199254740993}}";

    private static String created(long revision) {
        return "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"" + revision + "\"},\"created\":true}}\n";
    }

    private static String events(long... revisions) {
        StringBuilder events = new StringBuilder();
        for (long revision : revisions) {
            events.append(events.isEmpty() ? "" : ",")
                    .append("{\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"")
                    .append(revision)
                    .append("\",\"value\":\"e30=\"}}");
        }
        return "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"99\"},\"events\":[" + events + "]}}\n";
    }

    private static MockResponse.Builder v3Answer() {
        return new MockResponse.Builder();
    }

    private static final String COMPACTED =
            "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"99\"},\"canceled\":true,\"compact_revision\":\"50\"}}\n";

    private static String resumedAt(long revision) {
        return CREATE.replace("}}", ",\"start_revision\":\"" + revision + "\"}}");
    }

    @Test
    void v3Watch_resumesAfterLastRevision() throws Exception {
        answers.addAll(List.of(
                cut(v3Answer(), created(10)),
                cut(v3Answer(), created(10) + events(11, 11, 12) + events(13).substring(0, 50)),
                whole(v3Answer(), created(14) + "{\"error\":{\"grpc_code\":14,\"message\":\"transport is closing\"}}"),
                new MockResponse.Builder()
                        .code(408)
                        .body("{\"error\":\"context canceled\",\"code\":1}")
                        .build(),
                cut(v3Answer(), created(14) + events(13, 14)),
                whole(v3Answer(), created(14) + COMPACTED)));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE)))
                    .isEqualTo(created(10) + events(11, 11, 12) + events(13, 14) + COMPACTED);
        }
        assertThat(asked)
                .containsExactly(
                        "/v3/watch" + CREATE,
                        "/v3/watch" + resumedAt(11),
                        "/v3/watch" + resumedAt(13),
                        "/v3/watch" + resumedAt(13),
                        "/v3/watch" + resumedAt(13),
                        "/v3/watch" + resumedAt(15));
    }

    @Test
    void progressAndTheCallersOwnRevisionAreRespected() throws Exception {
        String progress = "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"40\"}}}\n";
        answers.addAll(List.of(
                cut(v3Answer(), created(30)),
                cut(v3Answer(), created(30) + progress),
                whole(v3Answer(), created(40) + COMPACTED)));
        String request = CREATE.replace("}}", ",\"startRevision\":5}}");
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", request))).isEqualTo(created(30) + progress + COMPACTED);
        }
        assertThat(asked)
                .containsExactly("/v3/watch" + request, "/v3/watch" + resumedAt(5), "/v3/watch" + resumedAt(41));
    }

    @Test
    void fragmentsOfOneRevisionArePassedOnTogether() throws Exception {
        String fragment = events(11).replace("\"events\"", "\"fragment\":true,\"events\"");
        answers.addAll(List.of(
                cut(v3Answer(), created(10) + fragment),
                whole(v3Answer(), created(11) + fragment + events(11) + COMPACTED)));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + fragment + events(11) + COMPACTED);
        }
    }

    @Test
    void severalWatches_resumeAtTheirPositions() throws Exception {
        String second = "{\"create_request\":{\"key\":\"Yg==\"}}";
        String of1 = "\"watch_id\":\"1\",\"created\"";
        answers.addAll(List.of(
                cut(
                        v3Answer(),
                        created(10)
                                + created(10).replace("\"created\"", of1)
                                + events(12)
                                + COMPACTED.replace("\"canceled\"", "\"watch_id\":\"1\",\"canceled\"")),
                whole(
                        v3Answer(),
                        created(12)
                                + created(12).replace("\"created\"", of1)
                                + COMPACTED.replace("\"canceled\"", "\"watch_id\":\"1\",\"canceled\"")
                                + events(13)
                                + COMPACTED)));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE + second)))
                    .isEqualTo(created(10)
                            + created(10).replace("\"created\"", of1)
                            + events(12)
                            + COMPACTED.replace("\"canceled\"", "\"watch_id\":\"1\",\"canceled\"")
                            + events(13)
                            + COMPACTED);
        }
        assertThat(asked)
                .containsExactly(
                        "/v3/watch" + CREATE + second,
                        "/v3/watch" + resumedAt(13)
                                + "{\"create_request\":{\"key\":\"Yg==\",\"start_revision\":\"11\"}}");
    }

    @Test
    void refusedWatch_isNotRequestedAgain() throws Exception {
        String second = "{\"create_request\":{\"key\":\"Yg==\"}}";
        String refused =
                created(10).replace("\"created\":true", "\"watch_id\":\"-1\",\"created\":true,\"canceled\":true");
        answers.addAll(List.of(
                cut(v3Answer(), refused + created(10)),
                cut(v3Answer(), created(11) + events(11)),
                whole(v3Answer(), created(11).replace("\"created\"", "\"watch_id\":\"1\",\"created\"") + events(12))));
        try (EtcdProxy proxy = proxy(options -> {})) {
            // In the end the ids differ, and events can't be assigned to watches.
            assertThat(watch(proxy, v3("/watch", CREATE + second))).isEqualTo(refused + created(10) + events(11));
        }
        assertThat(asked.subList(1, 3))
                .containsExactly(
                        "/v3/watch{\"create_request\":{\"key\":\"Yg==\",\"start_revision\":\"11\"}}",
                        "/v3/watch{\"create_request\":{\"key\":\"Yg==\",\"start_revision\":\"12\"}}");
    }

    @Test
    void permanentErrorMessage_endsBody() throws Exception {
        String denied =
                "{\"error\":{\"grpc_code\":7,\"http_code\":403,\"message\":\"etcdserver: permission denied\"}}\n";
        answers.add(whole(v3Answer(), created(10) + denied));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + denied);
        }
        assertThat(asked).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"create_request\":{\"key\":\"YQ==\"}}{\"progress_request\":{}}",
                "{\"cancel_request\":{\"watch_id\":1}}",
                "{\"create_request\":{\"key\":\"YQ==\"},\"more\":1}",
                "not json",
                "",
            })
    void otherRequests_areNotResumed(String body) throws Exception {
        answers.add(cut(v3Answer(), created(10)));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThatThrownBy(() -> watch(proxy, v3("/watch", body))).isInstanceOf(IOException.class);
        }
        assertThat(asked).containsExactly("/v3/watch" + body);
    }

    /** Holds the watch after its first message, so that it can be resumed. */
    private static MockResponse silent() {
        return v2(10).bodyDelay(1, TimeUnit.MINUTES).chunkedBody("never", 1).build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callTimeout_endsReadLikeOkHttp(boolean resumedBefore) throws Exception {
        if (resumedBefore) {
            answers.add(cut(v2(10), ""));
        }
        answers.add(silent());
        try (EtcdProxy proxy = proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(
                    plain.newBuilder().callTimeout(Duration.ofMillis(700)).build());
            try (Response response = client.newCall(get("/v2/keys/a?wait=true")).execute()) {
                assertThatThrownBy(() -> response.body().string())
                        .isInstanceOf(InterruptedIOException.class)
                        .hasMessage("timeout");
            }
        }
    }

    @Test
    void callTimeout_includesInterceptorsTime() throws Exception {
        answers.add(cut(v2(10), ""));
        answers.add(silent());
        try (EtcdProxy proxy = proxy(options -> {})) {
            long began = System.nanoTime();
            OkHttpClient client = proxy.wrap(plain.newBuilder()
                    .callTimeout(Duration.ofSeconds(4))
                    .addInterceptor(chain -> {
                        await().until(() -> System.nanoTime() - began > 3_000_000_000L);
                        return chain.proceed(chain.request());
                    })
                    .build());
            try (Response response = client.newCall(get("/v2/keys/a?wait=true")).execute()) {
                assertThatThrownBy(() -> response.body().string()).hasMessage("timeout");
            }
            // Without the interceptor's time it would be seven.
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(6));
        }
    }

    @ParameterizedTest
    @CsvSource({"/v2/keys/a?wait=true, false", "/v2/keys/a?wait=true, true", "/v2/keys/a?wait=true&stream=true, false"})
    void interrupt_endsTheReadOfAWatch(String path, boolean resumedBefore) throws Exception {
        if (resumedBefore) {
            answers.add(cut(v2(10), ""));
        }
        answers.add(silent());
        try (EtcdProxy proxy = proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(plain);
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            CountDownLatch reading = new CountDownLatch(1);
            Thread reader = new Thread(() -> {
                try (Response response = client.newCall(get(path)).execute()) {
                    reading.countDown();
                    ended.completeExceptionally(
                            new AssertionError(response.body().string()));
                } catch (IOException e) {
                    ended.complete(
                            Thread.currentThread().isInterrupted() ? e : new AssertionError("flag is cleared", e));
                }
            });
            reader.start();
            assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
            await().until(() -> asked.size() == (resumedBefore ? 2 : 1));
            long interrupted = System.nanoTime();
            reader.interrupt();

            assertThat(ended.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("interrupted");
            // The promise is half a second; a slow machine may take longer.
            assertThat(Duration.ofNanos(System.nanoTime() - interrupted)).isLessThan(Duration.ofMillis(1500));
            assertThat(proxy.status().endpoints())
                    .allMatch(io.github.etcdproxy.registry.ProxyStatus.Endpoint::isAvailable);
        }
    }

    @Test
    void tooLongMessage_passesThroughAndEndsResuming() throws Exception {
        String longValue = "x".repeat((int) WatchMessages.MAX_HELD_BYTES + 100_000);
        String message = events(11).replace("\"events\"", "\"pad\":\"" + longValue + "\",\"events\"");
        answers.add(cut(v3Answer(), created(10) + events(10) + message + events(12)));
        RecordingLogs.clear("/v3/watch");
        StringBuilder got = new StringBuilder();
        try (EtcdProxy proxy = proxy(options -> {});
                Response response =
                        proxy.wrap(plain).newCall(v3("/watch", CREATE)).execute()) {
            BufferedSource source = response.body().source();
            assertThatThrownBy(() -> {
                        while (!source.exhausted()) {
                            got.append(source.readUtf8(source.getBuffer().size()));
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        // The beginning of the next chunk is passed on as well.
        assertThat(got.toString().startsWith(created(10) + events(10) + message + events(12)))
                .isTrue();
        assertThat(asked).hasSize(1);
        assertThat(RecordingLogs.about("/v3/watch"))
                .singleElement()
                .asString()
                .contains("is longer than 16777216 bytes: it is passed on as it comes");
    }

    @Test
    void fragmentsThatAreTooLongToHold_passThrough() throws Exception {
        String fragment = events(11)
                .replace("\"events\"", "\"fragment\":true,\"pad\":\"" + "x".repeat(3 << 20) + "\",\"events\"");
        String all = created(10) + fragment.repeat(7) + events(11) + COMPACTED;
        answers.add(whole(v3Answer(), all));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE)).equals(all)).isTrue();
        }
        assertThat(asked).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", " \r\n\t"})
    void blanksBetweenMessages_areNotHeld(String blank) throws Exception {
        answers.add(whole(v3Answer(), created(10) + blank.repeat(1 << 20) + events(11) + COMPACTED));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThat(watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + events(11) + COMPACTED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "\"text\"", "7", "// comment", "hello"})
    void anythingButObjects_isNoWatch(String message) throws Exception {
        answers.add(whole(v3Answer(), created(10) + message));
        try (EtcdProxy proxy = proxy(options -> {})) {
            assertThatThrownBy(() -> watch(proxy, v3("/watch", CREATE)))
                    .hasMessageContaining("the member's response is not a watch: a message begins with byte ");
        }
        assertThat(asked).hasSize(1);
    }

    @Test
    void callersReadTimeout_isForEachRead_alsoAfterAResume() throws Exception {
        answers.add(cut(v3Answer(), created(10)));
        // The watch takes longer than the timeout, each event less.
        answers.add(v3Answer()
                .chunkedBody(created(10) + events(11) + events(12) + events(13) + events(14) + COMPACTED, 100)
                .throttleBody(100, 300, TimeUnit.MILLISECONDS)
                .build());
        try (EtcdProxy proxy = proxy(options -> {});
                Response response =
                        proxy.wrap(plain).newCall(v3("/watch", CREATE)).execute()) {
            BufferedSource source = response.body().source();
            source.timeout().timeout(1500, TimeUnit.MILLISECONDS);
            assertThat(source.readUtf8()).contains(events(14));
        }
        assertThat(asked).hasSize(2);
    }
}
