package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static io.github.etcdproxy.okhttp.WatchScript.COMPACTED;
import static io.github.etcdproxy.okhttp.WatchScript.CREATE;
import static io.github.etcdproxy.okhttp.WatchScript.created;
import static io.github.etcdproxy.okhttp.WatchScript.cut;
import static io.github.etcdproxy.okhttp.WatchScript.event;
import static io.github.etcdproxy.okhttp.WatchScript.events;
import static io.github.etcdproxy.okhttp.WatchScript.silent;
import static io.github.etcdproxy.okhttp.WatchScript.v2;
import static io.github.etcdproxy.okhttp.WatchScript.v3Answer;
import static io.github.etcdproxy.okhttp.WatchScript.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends a watch before its members do: its reader, its time, the proxy. */
@Timeout(60)
class WatchEndTest {
    private final WatchScript script = new WatchScript();

    @AfterEach
    void stop() {
        script.close();
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

    /** Ways to end a watch that finds no member, and the exception that its reader gets. */
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
    void watchWithoutMember_endsAtReadersWish(End end, boolean exceptions) throws Exception {
        script.answers.add(cut(v2(10), ""));
        try (EtcdProxy proxy = script.proxy(options -> options.errorsAsExceptions(exceptions))) {
            CountDownLatch tried = new CountDownLatch(6);
            for (int i = 0; i < 2; i++) {
                script.cluster.inOrder(proxy, i).answer(request -> {
                    MockResponse first = script.answers.poll();
                    tried.countDown();
                    return first != null
                            ? first
                            : new MockResponse.Builder().code(503).build();
                });
            }
            Call call = proxy.wrap(script.plain).newCall(get("/v2/keys/a?wait=true"));
            Response response = call.execute();
            CompletableFuture<Throwable> reported = readingEndsWith(response);
            assertThat(tried.await(20, TimeUnit.SECONDS)).isTrue();
            end.end(call, response, proxy);
            assertThat(reported.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(IOException.class)
                    .hasMessage(end.message);
        }
    }

    @Test
    void cancel_endsWatchThatMemberHolds() throws Exception {
        script.answers.add(cut(v2(10), ""));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            Call call = proxy.wrap(script.plain).newCall(get("/v2/keys/a?wait=true"));
            Response response = call.execute();
            CompletableFuture<Throwable> reported = readingEndsWith(response);
            await().until(() -> script.asked.size() == 2);
            call.cancel();
            // The member would hold it for a minute.
            assertThat(reported.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(IOException.class)
                    .hasMessage("Canceled");
        }
    }

    @Test
    void callTimeout_goesOnAfterResume() throws Exception {
        script.answers.add(cut(v2(10), ""));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(script.plain
                    .newBuilder()
                    .callTimeout(Duration.ofMillis(700))
                    .build());
            assertThatThrownBy(() -> body(client, get("/v2/keys/a?wait=true"), 200))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("timeout");
        }
        assertThat(script.asked).hasSize(2);
    }

    @Test
    void callTimeout_liftedAfterWrapping_isLifted() throws Exception {
        script.answers.addAll(List.of(
                cut(v2(10), ""),
                v2(10).bodyDelay(900, TimeUnit.MILLISECONDS)
                        .chunkedBody(event("/a", 11), 5)
                        .build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(script.plain
                            .newBuilder()
                            .callTimeout(Duration.ofMillis(400))
                            .build())
                    .newBuilder()
                    .callTimeout(Duration.ZERO)
                    .build();
            assertThat(body(client, get("/v2/keys/a?wait=true"), 200)).isEqualTo(event("/a", 11));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callTimeout_endsReadOfWatch(boolean resumedBefore) throws Exception {
        if (resumedBefore) {
            script.answers.add(cut(v2(10), ""));
        }
        script.answers.add(silent());
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(script.plain
                    .newBuilder()
                    .callTimeout(Duration.ofMillis(700))
                    .build());
            try (Response response = client.newCall(get("/v2/keys/a?wait=true")).execute()) {
                assertThatThrownBy(() -> response.body().string())
                        .isInstanceOf(InterruptedIOException.class)
                        .hasMessage("timeout");
            }
        }
    }

    @Test
    void callTimeout_countsTimeOfInterceptorInFront() throws Exception {
        script.answers.add(cut(v2(10), ""));
        script.answers.add(silent());
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            long began = System.nanoTime();
            OkHttpClient client = proxy.wrap(script.plain
                    .newBuilder()
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
    void interrupt_endsReadOfWatch(String path, boolean resumedBefore) throws Exception {
        if (resumedBefore) {
            script.answers.add(cut(v2(10), ""));
        }
        script.answers.add(silent());
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            OkHttpClient client = proxy.wrap(script.plain);
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
            await().until(() -> script.asked.size() == (resumedBefore ? 2 : 1));
            long interrupted = System.nanoTime();
            reader.interrupt();

            assertThat(ended.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("interrupted");
            // What is promised is half a second; a slow machine may take longer.
            assertThat(Duration.ofNanos(System.nanoTime() - interrupted)).isLessThan(Duration.ofMillis(1500));
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void event_isPassedOnBeforeReopening() throws Exception {
        script.answers.add(cut(v2(12), event("/a", 11))); // of its history, so that more has to be asked for
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            for (int i = 0; i < 2; i++) {
                script.cluster.inOrder(proxy, i).answer(request -> {
                    MockResponse first = script.answers.poll();
                    return first != null
                            ? first
                            : new MockResponse.Builder().code(503).build();
                });
            }
            try (Response response = proxy.wrap(script.plain)
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
    void readersLongerTimeout_isNotTheMembers() throws Exception {
        script.answers.add(whole(v2(12), event("/a", 11)));
        script.answers.addFirst(silent());
        try (EtcdProxy proxy = script.proxy(options -> options.readTimeout(Duration.ofMillis(300)));
                Response response = proxy.wrap(script.plain)
                        .newCall(get("/v2/keys/a?wait=true"))
                        .execute()) {
            BufferedSource source = response.body().source();
            source.timeout().timeout(1, TimeUnit.HOURS);
            assertThat(source.readUtf8()).isEqualTo(event("/a", 11));
        }
    }

    @Test
    void readersTimeout_isNotTheMembersFailure_andRemains() throws Exception {
        try (EtcdProxy proxy = script.proxy(options -> {});
                Response response = proxy.wrap(script.plain)
                        .newCall(get("/v2/keys/a?wait=true"))
                        .execute()) {
            BufferedSource source = response.body().source();
            source.timeout().timeout(300, TimeUnit.MILLISECONDS);
            assertThatThrownBy(source::exhausted).isInstanceOf(InterruptedIOException.class);
            assertThatThrownBy(source::exhausted)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the watch has failed before");
        }
        assertThat(script.asked).hasSize(1);
    }

    @Test
    void readersTimeout_isForEachRead_afterResume() throws Exception {
        script.answers.add(cut(v3Answer(), created(10)));
        // In all it takes longer than the timeout, each event less.
        script.answers.add(v3Answer()
                .chunkedBody(created(10) + events(11) + events(12) + events(13) + events(14) + COMPACTED, 100)
                .throttleBody(100, 300, TimeUnit.MILLISECONDS)
                .build());
        try (EtcdProxy proxy = script.proxy(options -> {});
                Response response =
                        proxy.wrap(script.plain).newCall(v3("/watch", CREATE)).execute()) {
            BufferedSource source = response.body().source();
            source.timeout().timeout(1500, TimeUnit.MILLISECONDS);
            assertThat(source.readUtf8()).contains(events(14));
        }
        assertThat(script.asked).hasSize(2);
    }
}
