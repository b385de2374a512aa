package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import io.github.etcdproxy.okhttp.internal.attempt.EarlyTimeout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * OkHttp's timeouts run out as without {@link EarlyTimeout}: those that are shorter than it, and those that are longer.
 */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(60)
class EarlyTimeoutTest {
    private static final String UNKNOWN = "\"outcome\":\"unknown\"";

    @ParameterizedTest
    @CsvSource({"50, false", "700, false", "50, true", "700, true"})
    void readTimeout_ofASlowMember_holds(int millis, boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(1, http2).start()) {
            body(cluster.client(), get("/a"), 200); // the next exchange is on a pooled connection
            cluster.member(0).fail(Fault.SLOW);
            OkHttpClient client = cluster.client()
                    .newBuilder()
                    .readTimeout(Duration.ofMillis(millis))
                    .build();
            long began = System.nanoTime();

            assertThat(body(client, post("/a", "1"), 504)).contains(UNKNOWN, "\"cause\":\"timed out: ");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(millis));
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 700})
    void writeTimeout_ofAMemberThatDoesNotRead_holds(int millis) throws Exception {
        Request large = get("/a")
                .newBuilder()
                .put(RequestBody.create(new byte[64 << 20], null))
                .build();
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RawMember peer = new RawMember("peer", false);
                EtcdProxy proxy = proxyOf(peer, silent)) {
            OkHttpClient client = proxy.wrap(new OkHttpClient.Builder()
                    .writeTimeout(Duration.ofMillis(millis))
                    .readTimeout(Duration.ZERO)
                    .build());
            long began = System.nanoTime();

            assertThat(body(client, large, 504)).contains(UNKNOWN, "\"cause\":\"timed out: ");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(millis));
        }
    }

    private static EtcdProxy proxyOf(RawMember peer, ServerSocket member) throws Exception {
        peer.lists(List.of("http://127.0.0.1:" + member.getLocalPort()));
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                .start();
        proxy.awaitReady(Duration.ofSeconds(20));
        return proxy;
    }

    @Test
    void exchangeThatOutlivesIt_succeeds_andItsConnectionIsReused() throws Exception {
        try (RawCluster cluster = Setup.of(1, false).start()) {
            RawMember member = cluster.member(0);
            member.fail(Fault.SLOW);
            CompletableFuture.delayedExecutor(1200, TimeUnit.MILLISECONDS).execute(() -> {
                member.fail(Fault.NONE);
                member.goOn();
            });

            assertThat(body(cluster.client(), post("/a", "1"), 200)).startsWith("member");
            assertThat(body(cluster.client(), post("/a", "1"), 200)).startsWith("member");
            assertThat(cluster.client().connectionPool().connectionCount()).isEqualTo(1);
        }
    }
}
