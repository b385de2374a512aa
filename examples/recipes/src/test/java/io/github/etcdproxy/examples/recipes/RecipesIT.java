package io.github.etcdproxy.examples.recipes;

import static io.github.etcdproxy.examples.recipes.OnThreeMembers.LISTEN;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import retrofit2.Response;

/** Each recipe on a real cluster, of which a member is killed. */
class RecipesIT {
    private static ProcessCluster cluster;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private EtcdProxy proxy;
    private OkHttpClient existing;

    @BeforeAll
    static void startCluster() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @BeforeEach
    void startProxy() throws Exception {
        cluster.awaitHealthy();
        MicrometerListener listener = new MicrometerListener(meters);
        proxy = OnThreeMembers.proxy(cluster).listener(listener).start();
        listener.observe(proxy);
        existing = OnThreeMembers.client().build();
        proxy.awaitReady(Duration.ofSeconds(20));
    }

    @AfterEach
    void closeAll() {
        proxy.close();
        existing.dispatcher().executorService().shutdown();
        existing.connectionPool().evictAll();
    }

    private EtcdProcess pinned() {
        return OnThreeMembers.pinned(cluster, proxy);
    }

    @Test
    void moreThanFiveEnqueuedCallsRunAtATime() throws Exception {
        AsyncCalls calls = new AsyncCalls(proxy, existing);
        List<CompletableFuture<String>> watches = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            watches.add(calls.send(new Request.Builder()
                    .url(LISTEN + "/v2/keys/async?wait=true&waitIndex=" + Integer.MAX_VALUE)
                    .build()));
        }
        // Twenty watches are open; the write is the twenty-first call.
        CompletableFuture<String> write = calls.send(new Request.Builder()
                .url(LISTEN + "/v2/keys/async")
                .put(new FormBody.Builder().add("value", "1").build())
                .build());
        assertThat(write.get(20, TimeUnit.SECONDS)).contains("\"value\":\"1\"");
        assertThat(watches).noneMatch(CompletableFuture::isDone);
        existing.dispatcher().cancelAll();
    }

    @Test
    void retrofitReadsWritesAndWaitsAlsoWhenAMemberDies() throws Exception {
        KeysApi keys = KeysApi.of(LISTEN, proxy.wrap(existing));
        Response<KeysApi.Answer> written = keys.put("retrofit/a", "1").execute();
        assertThat(written.code()).isEqualTo(201);
        KeysApi.Node node = written.body().node();
        CompletableFuture<KeysApi.Node> change = CompletableFuture.supplyAsync(() -> {
            try {
                return keys.await("retrofit/a", node.modifiedIndex() + 1)
                        .execute()
                        .body()
                        .node();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        EtcdProcess victim = pinned();
        victim.kill();
        assertThat(keys.get("retrofit/a").execute().body().node().value()).isEqualTo("1");
        victim.restart();
        cluster.awaitHealthy();
        assertThat(keys.put("retrofit/a", "2").execute().isSuccessful()).isTrue();
        assertThat(change.get(20, TimeUnit.SECONDS).value()).isEqualTo("2");
    }

    @Test
    void theJsonGatewayGrantsLocksAndWatches() throws Exception {
        OkHttpClient client = proxy.wrap(existing);
        JsonGateway etcd = new JsonGateway(LISTEN, client);
        long lease = etcd.grantLease(60);
        assertThat(etcd.keepLeaseAlive(lease)).isEqualTo(60);
        assertThat(etcd.keepLeaseAlive(1)).as("a lease that never was").isZero();
        try (JsonGateway.Watch watch = etcd.watch("config")) {
            String held = etcd.lock("mutex", lease);
            etcd.put("config", "1", lease);
            assertThat(watch.next()).isEqualTo("1");

            EtcdProcess victim = pinned();
            victim.kill();
            victim.restart();
            cluster.awaitHealthy();
            // Changes written while the watch has no member arrive in one message. And an immediate write might be sent
            // on the connection that has just died, so that its outcome would be unknown.
            client.newCall(new Request.Builder().url(LISTEN + "/version").build())
                    .execute()
                    .close();
            etcd.put("config", "2", 0);
            etcd.put("config", "3", 0);
            assertThat(watch.next()).isEqualTo("2");
            assertThat(watch.next()).isEqualTo("3");

            CompletableFuture<String> second = CompletableFuture.supplyAsync(() -> {
                try {
                    return etcd.lock("mutex", etcd.grantLease(60));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(second).isNotDone();
            etcd.unlock(held);
            assertThat(second.get(20, TimeUnit.SECONDS)).isNotEmpty().isNotEqualTo(held);
        }
    }

    @Test
    void metersCountWhatHappens() throws Exception {
        OkHttpClient client = proxy.wrap(existing);
        Request read = new Request.Builder().url(LISTEN + "/version").build();
        client.newCall(read).execute().close();
        assertThat(meters.get("etcd.proxy.members").gauge().value()).isEqualTo(3);
        assertThat(meters.get("etcd.proxy.members.available").gauge().value()).isEqualTo(3);
        assertThat(meters.get("etcd.proxy.calls")
                        .tags("method", "GET", "status", "200")
                        .timer()
                        .count())
                .isEqualTo(1);

        EtcdProcess victim = pinned();
        victim.kill();
        client.newCall(read).execute().close();
        assertThat(meters.get("etcd.proxy.attempts.failed").counter().count()).isPositive();
        assertThat(meters.get("etcd.proxy.calls.failed.over").counter().count()).isEqualTo(1);
        victim.restart();
    }
}
