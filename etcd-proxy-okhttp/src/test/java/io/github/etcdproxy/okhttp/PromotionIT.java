package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.promotion.PromotedMember;
import io.github.etcdproxy.promotion.PromotionException;
import io.github.etcdproxy.promotion.PromotionException.Done;
import io.github.etcdproxy.promotion.PromotionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy becomes a member of a real cluster. */
@Tag("once")
class PromotionIT {
    @TempDir
    Path dataDir;

    private final OkHttpClient plain = new OkHttpClient();

    private EtcdProxy proxyOf(ProcessCluster cluster) throws Exception {
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                .dataDir(dataDir)
                .start();
        proxy.awaitReady(Duration.ofSeconds(20));
        await().atMost(20, TimeUnit.SECONDS).until(() -> Files.exists(dataDir.resolve("proxy/cluster")));
        return proxy;
    }

    /** Answers 404 for one of the two APIs, like a release without it. */
    private OkHttpClient without(String api) {
        Interceptor interceptor = chain -> chain.request().url().encodedPath().startsWith(api)
                ? new Response.Builder()
                        .request(chain.request())
                        .protocol(Protocol.HTTP_1_1)
                        .code(404)
                        .message("Not Found")
                        .body(ResponseBody.create("404 page not found\n", null))
                        .build()
                : chain.proceed(chain.request());
        return plain.newBuilder().addInterceptor(interceptor).build();
    }

    /** infra0 is alone, and proxy0 becomes infra1. */
    @ParameterizedTest
    @ValueSource(strings = {"/v2/", "/v3/"})
    void clusterOfOne_servesWithTwoMembers(String missingApi) throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                EtcdProxy proxy = proxyOf(cluster)) {
            RealEtcd.body(proxy.wrap(plain), RealEtcd.put("/v2/keys/before", "1"), 201);
            List<String> flags = new ArrayList<>();
            EtcdProcess infra1 = cluster.prepare("infra1", peerUrl -> flags);

            PromotionRequest promotion =
                    PromotionRequest.of("infra1", infra1.peerUrl()).clientUrls(infra1.clientUrl());
            PromotedMember member = EtcdMembership.promote(proxy, promotion, without(missingApi));

            assertThat(proxy.status().closed()).isTrue();
            assertThat(dataDir.resolve("proxy")).doesNotExist();
            String initialCluster = cluster.initialCluster().split(",", -1)[0] + ",infra1=" + infra1.peerUrl();
            assertThat(member.environment())
                    .containsOnlyKeys("ETCD_NAME", "ETCD_INITIAL_CLUSTER", "ETCD_INITIAL_CLUSTER_STATE")
                    .containsEntry("ETCD_NAME", "infra1")
                    .containsEntry("ETCD_INITIAL_CLUSTER", initialCluster)
                    .containsEntry("ETCD_INITIAL_CLUSTER_STATE", "existing");
            assertThat(EtcdMembership.promote(proxy, promotion, plain))
                    .isEqualTo(member); // repeated before the member was started

            flags.addAll(member.commandLine().subList(1, member.commandLine().size()));
            infra1.launch();
            assertThat(infra1.awaitListening()).as(infra1::lastOutput).isTrue();
            assertThat(EtcdMembership.promote(proxy, promotion, plain).environment())
                    .isEqualTo(member.environment()); // and after
            try (EtcdProxy ofInfra1 = EtcdProxy.builder()
                    .listenClientUrls(RealEtcd.LISTEN)
                    .discovery(PeerDiscovery.initialCluster("infra1=" + infra1.peerUrl()))
                    .start()) {
                ofInfra1.awaitReady(Duration.ofSeconds(20));
                await().atMost(20, TimeUnit.SECONDS)
                        .until(() -> Set.copyOf(Endpoints.of(ofInfra1))
                                .equals(Set.of(cluster.members().get(0).clientUrl(), infra1.clientUrl())));
                OkHttpClient client = ofInfra1.wrap(plain);
                assertThat(RealEtcd.body(client, RealEtcd.get("/v2/keys/before?quorum=true"), 200))
                        .contains("\"value\":\"1\"");
                RealEtcd.body(client, RealEtcd.put("/v2/keys/after", "2"), 201);
            }
        }
    }

    /** A promotion with a timeout so long that only a permanent failure ends the test. */
    private static PromotionRequest patient(String name, String peerUrl) {
        return PromotionRequest.of(name, peerUrl).timeout(Duration.ofHours(1));
    }

    @Test
    @Timeout(60)
    void impossiblePromotion_isRejectedBeforeAnyChange() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                EtcdProxy proxy = proxyOf(cluster)) {
            String taken = cluster.members().get(0).peerUrl();
            assertThatThrownBy(() -> EtcdMembership.promote(proxy, patient("infra0", "http://127.0.0.1:1"), plain))
                    .isInstanceOfSatisfying(
                            PromotionException.class, e -> assertThat(e.done()).isEqualTo(Done.NOTHING))
                    .hasMessageStartingWith(
                            "The member infra0 has not been added: nothing has changed, and the proxy keeps running.")
                    .hasMessageContaining("another member has this name");
            assertThatThrownBy(() -> EtcdMembership.promote(proxy, patient("infra1", taken), plain))
                    .isInstanceOf(PromotionException.class)
                    .hasMessageContaining("the member infra0 has the peer URLs [" + taken + "]: choose others");

            OkHttpClient refused = plain.newBuilder()
                    .addInterceptor(chain -> chain.request().url().encodedPath().endsWith("/add")
                            ? without("/v3/")
                                    .newCall(chain.request())
                                    .execute()
                                    .newBuilder()
                                    .code(403)
                                    .build()
                            : chain.proceed(chain.request()))
                    .build();
            assertThatThrownBy(() -> EtcdMembership.promote(proxy, patient("infra1", "http://127.0.0.1:1"), refused))
                    .isInstanceOfSatisfying(
                            PromotionException.class, e -> assertThat(e.done()).isEqualTo(Done.NOTHING))
                    .hasMessageContaining("answered 403");
            RealEtcd.body(proxy.wrap(plain), RealEtcd.put("/v2/keys/still", "1"), 201);
            assertThat(dataDir.resolve("proxy/cluster")).exists();
        }
    }

    @Test
    void lostResponse_isRecoveredByListing() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                EtcdProxy proxy = proxyOf(cluster)) {
            OkHttpClient losing = plain.newBuilder()
                    .addInterceptor(chain -> {
                        Response response = chain.proceed(chain.request());
                        if (chain.request().url().encodedPath().endsWith("/add")) {
                            response.close();
                            throw new IOException("the answer is lost");
                        }
                        return response;
                    })
                    .build();
            PromotedMember member =
                    EtcdMembership.promote(proxy, PromotionRequest.of("infra1", "http://127.0.0.1:1"), losing);
            assertThat(member.initialCluster()).endsWith(",infra1=http://127.0.0.1:1");
        }
    }

    @Test
    @Timeout(60)
    void closingTheProxyEndsAPromotionUnderWay() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                EtcdProxy proxy = proxyOf(cluster)) {
            CountDownLatch asked = new CountDownLatch(1);
            OkHttpClient refusing = plain.newBuilder()
                    .addInterceptor(chain -> {
                        if (!chain.request().url().encodedPath().endsWith("/add")) {
                            return chain.proceed(chain.request());
                        }
                        asked.countDown();
                        return new Response.Builder()
                                .request(chain.request())
                                .protocol(Protocol.HTTP_1_1)
                                .code(503)
                                .message("Unavailable")
                                .body(ResponseBody.create("{\"error\":\"etcdserver: unhealthy cluster\"}", null))
                                .build();
                    })
                    .build();
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread promoting = new Thread(() -> {
                try {
                    EtcdMembership.promote(proxy, patient("infra1", "http://127.0.0.1:1"), refusing);
                } catch (Exception e) {
                    ended.complete(e);
                }
            });
            promoting.start();
            asked.await();
            Runnable closing = proxy::close;
            closing.run();
            assertThat(ended.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void proxyOff_isRejected() {
        try (EtcdProxy proxy = EtcdProxy.builderFromFlags("--proxy", "off").start()) {
            assertThatThrownBy(() ->
                            EtcdMembership.promote(proxy, PromotionRequest.of("infra1", "http://127.0.0.1:1"), plain))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("proxy: off: a proxy that looks for no members can't be promoted");
        }
    }

    @Test
    void unreachableCluster_fails() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                EtcdProxy proxy = proxyOf(cluster)) {
            cluster.members().get(0).kill();
            assertThatThrownBy(() -> EtcdMembership.promote(
                            proxy,
                            PromotionRequest.of("infra1", "http://127.0.0.1:1").timeout(Duration.ofSeconds(2)),
                            plain))
                    .isInstanceOfSatisfying(
                            PromotionException.class, e -> assertThat(e.done()).isEqualTo(Done.NOTHING))
                    .hasMessageContaining(cluster.members().get(0).clientUrl() + ": ");
            assertThat(proxy.status().closed()).isFalse();
        }
    }
}
