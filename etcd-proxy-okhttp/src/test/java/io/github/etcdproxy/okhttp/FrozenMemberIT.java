package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.examples.cluster.CallStream;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.Freezing;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Calls while real members are frozen, or merely silent. */
@Tag("once")
class FrozenMemberIT extends OnRealCluster {
    private OkHttpClient patient;

    /** Without timeouts, so that only the proxy can end a call. */
    @BeforeEach
    void liftTimeouts() {
        assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
        patient = client.newBuilder().readTimeout(Duration.ZERO).build();
    }

    @Test
    void reads_pinnedMemberFreezes_succeed() throws Exception {
        CallStream reads = CallStream.start(8, () -> body(patient, get("/v2/keys/a"), 200));
        try (reads) {
            for (int round = 0; round < 3; round++) {
                reads.awaitCalls(500);
                EtcdProcess victim = pinned();
                victim.freeze();
                reads.awaitCalls(1000);
                victim.thaw();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> proxy.status().endpoints().stream().allMatch(Endpoint::isAvailable));
            }
        }
        System.out.printf(
                "pinned member frozen three times under %d reads: %d failed, longest stall %d ms%n",
                reads.calls(), reads.failures().size(), reads.longestCall().toMillis());
        assertThat(reads.failures()).isEmpty();
    }

    @Test
    void write_memberFreezes_isUnknownAndNextSucceeds() throws Exception {
        EtcdProcess victim = pinned();
        victim.freeze();
        long began = System.nanoTime();
        assertThat(body(patient, post("/v2/keys/queue", "1"), 504))
                .contains("\"outcome\":\"unknown\"", "gave no answer, nor to 2 probes");
        System.out.printf(
                "a write to a frozen member ended after %d ms%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        assertThat(proxy.status().endpoints().get(0).url()).doesNotHaveToString(victim.clientUrl());
        victim.thaw();
    }

    @Test
    void watchForOneMember_memberFreezes_endsWithReason() throws Exception {
        for (String watch : new String[] {"?wait=true", "?wait=true&stream=true&recursive=true"}) {
            EtcdProcess victim = pinned();
            Request forOneMember = get("/v2/keys/a" + watch)
                    .newBuilder()
                    .tag(FailoverPolicy.class, FailoverPolicy.NEVER)
                    .build();
            try (Response response = patient.newCall(forOneMember).execute()) {
                assertThat(response.code()).isEqualTo(200);
                victim.freeze();
                long began = System.nanoTime();
                assertThatThrownBy(() -> response.body().string())
                        .isInstanceOf(IOException.class)
                        .hasMessageStartingWith(victim.clientUrl() + " gave no answer, nor to ");
                System.out.printf(
                        "an open watch on a frozen member ended after %d ms%n",
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            }
            victim.thaw();
        }
    }

    /** {@code -Dlong.poll.seconds} sets the duration. */
    @Test
    void longPoll_withDefaultTimeouts_getsItsEvent() throws Exception {
        Request watch = get("/v2/keys/late?wait=true");
        CountDownLatch watching = new CountDownLatch(1);
        CompletableFuture<String> event = CompletableFuture.supplyAsync(() -> {
            // OkHttp's own default of ten seconds.
            OkHttpClient ordinary =
                    client.newBuilder().readTimeout(Duration.ofSeconds(10)).build();
            try (Response response = ordinary.newCall(watch).execute()) {
                watching.countDown();
                return response.body().string();
            } catch (IOException e) {
                return e.toString();
            }
        });
        assertThat(watching.await(20, TimeUnit.SECONDS)).isTrue();
        int seconds = Integer.getInteger("long.poll.seconds", 60);
        assertThatThrownBy(() -> event.get(seconds, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
        body(client, put("/v2/keys/late", "here"), 201);

        assertThat(event.get(20, TimeUnit.SECONDS)).contains("\"value\":\"here\"");
    }
}
