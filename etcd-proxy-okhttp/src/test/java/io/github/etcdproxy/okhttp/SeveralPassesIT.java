package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.Freezing;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The ordinary token refresh, an interceptor that proceeds twice, while real members freeze and die; all defaults. */
@Tag("once")
class SeveralPassesIT extends OnRealCluster {

    @BeforeEach
    void needFreezing() {
        assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
    }

    private static OkHttpClient inFront(EtcdProxy proxy, Interceptor interceptor) {
        return proxy.wrap(RealEtcd.client().addInterceptor(interceptor).build());
    }

    private EtcdProxy withDefaults() throws Exception {
        EtcdProxy byDefault = RealEtcd.proxy(cluster)
                .refreshInterval(Duration.ofSeconds(30))
                .failureWait(Duration.ofSeconds(5))
                .start();
        byDefault.awaitReady(Duration.ofSeconds(20));
        return byDefault;
    }

    private EtcdProcess firstOf(EtcdProxy any) {
        return (EtcdProcess)
                cluster.memberAt(any.status().endpoints().get(0).url().toString());
    }

    @Test
    void readAfterToken_memberFreezes_isServedByAnother() throws Exception {
        try (EtcdProxy byDefault = withDefaults()) {
            EtcdProcess victim = firstOf(byDefault);
            OkHttpClient refreshing = inFront(byDefault, chain -> {
                chain.proceed(get("/v2/keys/a")).close();
                victim.freeze();
                return chain.proceed(chain.request());
            });
            long began = System.nanoTime();
            try {
                assertThat(body(refreshing, get("/v2/keys/a"), 200)).contains("\"value\":\"1\"");
            } finally {
                victim.thaw();
            }
            System.out.printf(
                    "a read after a token, its member frozen, took %d ms%n",
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
            assertThat(byDefault.status().endpoints().stream().filter(Endpoint::isAvailable))
                    .hasSizeGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void writeAfterToken_lateResponse_isReturned() throws Exception {
        try (EtcdProxy turning = RealEtcd.proxy(cluster).roundRobin(true).start()) {
            turning.awaitReady(Duration.ofSeconds(20));
            CompletableFuture<EtcdProcess> died = new CompletableFuture<>();
            OkHttpClient refreshing = inFront(turning, chain -> {
                try (Response token = chain.proceed(get("/v2/keys/a"))) {
                    EtcdProcess ofToken = memberOf(token);
                    ofToken.kill();
                    died.complete(ofToken);
                }
                return chain.proceed(chain.request());
            });
            // If the leader has died, the write waits for the next election, or its member reports after seven seconds
            // that it may be applied; that member then counts as one that can't serve.
            List<String> mayBeDown = new ArrayList<>();
            try (Response response = refreshing.newCall(put("/v2/keys/b", "1")).execute()) {
                assertThat(response.code()).isIn(200, 201, 500);
                if (response.code() == 500) {
                    assertThat(response.body().string()).contains("request timed out");
                    mayBeDown.add(memberOf(response).clientUrl());
                }
            }
            mayBeDown.add(died.join().clientUrl());
            assertThat(turning.status().endpoints().stream()
                            .filter(endpoint -> !endpoint.isAvailable())
                            .map(endpoint -> endpoint.url().toString()))
                    .isSubsetOf(mayBeDown);
        }
    }

    private EtcdProcess memberOf(Response response) {
        String url = response.networkResponse().request().url().toString();
        return (EtcdProcess) cluster.memberAt(url.substring(0, url.indexOf("/v2")));
    }

    @Test
    void writeAfterARead_atAMemberThatPauses_isNotCut() throws Exception {
        try (EtcdProxy byDefault = withDefaults()) {
            EtcdProcess victim = firstOf(byDefault);
            OkHttpClient refreshing = inFront(byDefault, chain -> {
                chain.proceed(get("/v2/keys/a")).close();
                victim.freeze();
                // One probe fails meanwhile, after 1.5 s; a second would after 1.9 s.
                CompletableFuture.delayedExecutor(1650, TimeUnit.MILLISECONDS).execute(victim::thaw);
                return chain.proceed(chain.request());
            });

            assertThat(body(refreshing, put("/v2/keys/paused", "1"), 201)).contains("\"value\":\"1\"");
            await().until(() -> byDefault.status().endpoints().stream().allMatch(Endpoint::isAvailable));
        }
    }
}
