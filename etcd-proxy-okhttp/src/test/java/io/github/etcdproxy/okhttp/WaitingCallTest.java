package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/** Calls that wait, for the first members or an answer, and what ends that. */
class WaitingCallTest extends OnScriptedCluster {
    @Test
    void callBeforeFirstMembers_waitsForThem() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        cluster.peerAnswers(request -> {
            asked.countDown();
            awaitLatch(mayAnswer);
            return cluster.members();
        });
        try (EtcdProxy proxy = cluster.proxy()
                .dialTimeout(Duration.ofSeconds(10))
                .readyTimeout(Duration.ofSeconds(10))
                .start()) {
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
    void waitWithoutMembers_isAnsweredWithReason() throws Exception {
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
    void interrupt_endsWaitAndStaysVisible() throws Exception {
        cluster.peerAnswers(request -> new MockResponse.Builder().code(404).build());
        try (EtcdProxy proxy = cluster.proxy().readyTimeout(Duration.ofHours(1)).start()) {
            OkHttpClient client = proxy.wrap(plain);
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> client.newCall(get("/a")).execute()).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void close_wakesWaitingCallsAndAnswersLaterOnes() throws Exception {
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
        assertThatThrownBy(() -> proxy.awaitReady(Duration.ofSeconds(10)))
                .hasMessageContaining("the proxy has been closed");
        assertThatThrownBy(() -> proxy.ready().toCompletableFuture().get()).isInstanceOf(ExecutionException.class);
    }

    @Test
    void callersInterrupt_isNotTheMembersFailure() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
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
    void cancel_endsCall_isNotTheMembersFailure() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (EtcdProxy proxy = cluster.readyProxy()) {
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
}
