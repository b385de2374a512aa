package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Cancellation, timeouts and interrupts at each stage of a call; none of them counts against a member. */
@Timeout(60)
class CancelTest {

    /**
     * The promise is 50 ms, and measurements are below 10 ms. The tests allow for slow machines, and stay far below the
     * timeouts that would otherwise end these calls.
     */
    private static final Duration AT_ONCE = Duration.ofMillis(800);

    /** The stage at which a call is canceled. */
    enum Place {
        CONNECTING,
        CONNECTING_TO_THE_SECOND_MEMBER,
        AWAITING_THE_HEAD,
        AWAITING_THE_BODY,
        READING_A_WATCH
    }

    /** A cluster that holds a call at a stage indefinitely. */
    private static RawCluster holding(Place place, boolean http2) throws Exception {
        Setup setup = Setup.of(2, http2)
                .with(options -> options.dialTimeout(Duration.ofSeconds(20)).readyTimeout(Duration.ofSeconds(20)))
                .withClient(client -> client.readTimeout(Duration.ZERO).connectTimeout(Duration.ZERO));
        RawCluster cluster = setup.start();
        switch (place) {
            case CONNECTING -> cluster.member(0).blackHole();
            case CONNECTING_TO_THE_SECOND_MEMBER -> {
                cluster.member(0).refuse();
                cluster.member(1).blackHole();
            }
            case AWAITING_THE_HEAD -> cluster.member(0).fail(Fault.SLOW);
            default -> cluster.member(0).fail(Fault.WATCH);
        }
        return cluster;
    }

    private static Request request(Place place) {
        return place == Place.READING_A_WATCH ? get("/v2/keys/a?wait=true") : get("/v2/keys/a");
    }

    /** Waits until the call has reached the stage. */
    private static void awaitPlace(Place place, RawCluster cluster, CountDownLatch connecting) throws Exception {
        switch (place) {
            case CONNECTING, CONNECTING_TO_THE_SECOND_MEMBER ->
                assertThat(connecting.await(20, TimeUnit.SECONDS)).isTrue();
            default -> cluster.member(0).awaitRequests(1);
        }
    }

    private static EventListener onConnect(int times, CountDownLatch connecting) {
        return new EventListener() {
            private int left = times;

            @Override
            public synchronized void connectStart(Call call, java.net.InetSocketAddress address, java.net.Proxy proxy) {
                left--;
                if (left == 0) {
                    connecting.countDown();
                }
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void cancelEndsACallWhereverItIs(Place place) throws Exception {
        for (boolean http2 : new boolean[] {false, true}) {
            try (RawCluster cluster = holding(place, http2)) {
                CountDownLatch connecting = new CountDownLatch(1);
                Call call = cluster.client().newCall(request(place));
                call.addEventListener(onConnect(place == Place.CONNECTING_TO_THE_SECOND_MEMBER ? 2 : 1, connecting));
                CompletableFuture<Long> ended = new CompletableFuture<>();
                new Thread(() -> run(call, ended)).start();
                awaitPlace(place, cluster, connecting);

                long canceled = System.nanoTime();
                call.cancel();
                Duration took = Duration.ofNanos(ended.get(20, TimeUnit.SECONDS) - canceled);

                assertThat(took).isLessThan(AT_ONCE);
                assertThat(cluster.isUp(1)).isTrue();
                assertThat(cluster.isUp(0)).isEqualTo(place != Place.CONNECTING_TO_THE_SECOND_MEMBER);
                System.out.println(
                        "canceled " + place + (http2 ? " h2c" : "") + ": ended after " + took.toMillis() + " ms");
            }
        }
    }

    /** Runs a call, reads its body, and records when it ended. */
    private static void run(Call call, CompletableFuture<Long> ended) {
        try (Response response = call.execute()) {
            response.body().string();
            ended.completeExceptionally(new AssertionError("the call succeeded"));
        } catch (IOException e) {
            ended.complete(System.nanoTime());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCallTimeoutEndsACallWhereverItIs(Place place) throws Exception {
        Duration timeout = Duration.ofMillis(300);
        try (RawCluster cluster = holding(place, false)) {
            OkHttpClient client =
                    cluster.client().newBuilder().callTimeout(timeout).build();
            long began = System.nanoTime();
            assertThatThrownBy(() -> RealEtcd.body(client, request(place), 200))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessage("timeout");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(timeout, timeout.plus(AT_ONCE));
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @Test
    void anInterruptEndsAConnect() throws Exception {
        try (RawCluster cluster = holding(Place.CONNECTING, false)) {
            assertThat(interrupted(cluster, Place.CONNECTING, task -> {
                        Thread thread = new Thread(task);
                        thread.start();
                        return thread;
                    }))
                    .isLessThan(AT_ONCE);
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"CONNECTING", "AWAITING_THE_HEAD", "AWAITING_THE_BODY", "READING_A_WATCH"})
    void interrupt_ofVirtualThread_endsCallAtAnyStage(Place place) throws Exception {
        Method startVirtualThread;
        try {
            startVirtualThread = Thread.class.getMethod("startVirtualThread", Runnable.class);
        } catch (NoSuchMethodException e) {
            assumeTrue(false, "needs virtual threads: Java 21 or newer");
            return;
        }
        try (RawCluster cluster = holding(place, false)) {
            assertThat(interrupted(cluster, place, task -> {
                        try {
                            return (Thread) startVirtualThread.invoke(null, task);
                        } catch (ReflectiveOperationException e) {
                            throw new IllegalStateException(e);
                        }
                    }))
                    .isLessThan(AT_ONCE);
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
        }
    }

    /** Starts a thread. */
    @FunctionalInterface
    private interface Starter {
        Thread start(Runnable task);
    }

    private static Duration interrupted(RawCluster cluster, Place place, Starter starter) throws Exception {
        CountDownLatch connecting = new CountDownLatch(1);
        Call call = cluster.client().newCall(request(place));
        call.addEventListener(onConnect(1, connecting));
        CompletableFuture<Long> ended = new CompletableFuture<>();
        Thread thread = starter.start(() -> run(call, ended));
        awaitPlace(place, cluster, connecting);
        long interrupted = System.nanoTime();
        thread.interrupt();
        return Duration.ofNanos(ended.get(20, TimeUnit.SECONDS) - interrupted);
    }
}
