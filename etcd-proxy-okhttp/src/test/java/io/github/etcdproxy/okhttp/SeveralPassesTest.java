package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls that pass the proxy several times: an interceptor before or after it fetches a token or retries, or there are
 * two proxies in one client. Passes and attempts are independent.
 */
@Tag("once")
@Execution(ExecutionMode.CONCURRENT)
@Timeout(60)
class SeveralPassesTest {

    /** A step between two passes. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    /** How an interceptor treats the response of its first pass. */
    enum First {
        CLOSED,
        READ,
        FAILED
    }

    /** Proceeds with one request, does something, and proceeds with the call's own. */
    private static Interceptor proceedingTwice(Request first, First how, Step between) {
        return chain -> {
            try (Response response = chain.proceed(first)) {
                if (how == First.READ) {
                    assertThat(response.body().string()).startsWith("member");
                }
                assertThat(how).isNotEqualTo(First.FAILED);
            } catch (IOException e) {
                assertThat(how).isEqualTo(First.FAILED);
            }
            perform(between);
            return chain.proceed(chain.request());
        };
    }

    private static void perform(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** A client of the cluster's with an interceptor in front of the proxy's. */
    private static OkHttpClient inFront(RawCluster cluster, Interceptor interceptor) {
        OkHttpClient.Builder builder = cluster.client().newBuilder();
        builder.interceptors().add(0, interceptor);
        return builder.build();
    }

    private static OkHttpClient behind(RawCluster cluster, Interceptor interceptor) {
        return cluster.client().newBuilder().addInterceptor(interceptor).build();
    }

    /** No attempt waits for any member: no probe starts in the time that one would need to. */
    private static void assertNobodyWaits(RawCluster cluster, int members) {
        int[] before = new int[members];
        for (int i = 0; i < members; i++) {
            before[i] = cluster.member(i).probes();
        }
        await().during(Duration.ofMillis(800)).atMost(Duration.ofSeconds(5)).until(() -> {
            for (int i = 0; i < members; i++) {
                if (cluster.member(i).probes() != before[i]) {
                    return false;
                }
            }
            return true;
        });
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, CLOSED", "false, false, READ", "false, true, CLOSED", "false, true, READ",
        "true, false, CLOSED", "true, false, READ", "true, true, CLOSED", "true, true, READ"
    })
    void readAfterRead_memberFreezes_isServedByAnother(boolean http2, boolean roundRobin, First how) throws Exception {
        Setup setup = Setup.of(3, http2).with(options -> options.roundRobin(roundRobin));
        try (RawCluster cluster = setup.start()) {
            // Round robin: the second pass goes to the second member.
            RawMember victim = cluster.member(roundRobin ? 1 : 0);
            OkHttpClient client = inFront(cluster, proceedingTwice(get("/token"), how, () -> victim.fail(Fault.STALL)));
            long began = System.nanoTime();

            assertThat(body(client, get("/a"), 200)).startsWith("member");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
            for (int i = 0; i < 3; i++) {
                assertThat(cluster.isUp(i)).isEqualTo(cluster.member(i) != victim);
            }
            assertNobodyWaits(cluster, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writeAfterRead_waitsForItsOwnMember(boolean http2) throws Exception {
        Setup setup = Setup.of(2, http2).with(options -> options.roundRobin(true));
        try (RawCluster cluster = setup.start()) {
            RawMember ofRead = cluster.member(0);
            RawMember ofWrite = cluster.member(1);
            OkHttpClient client = inFront(cluster, proceedingTwice(get("/token"), First.CLOSED, () -> {
                ofRead.refuse();
                ofWrite.fail(Fault.SLOW);
                CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS).execute(ofWrite::goOn);
            }));

            assertThat(body(client, post("/a", "1"), 200)).startsWith("member");
            assertThat(ofWrite.processed()).isEqualTo(1);
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writeAfterRead_oneFailedProbe_isNotAborted(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(1, http2).start()) {
            RawMember member = cluster.member(0);
            OkHttpClient client =
                    inFront(cluster, proceedingTwice(get("/token"), First.CLOSED, () -> member.fail(Fault.STALL)));
            long began = System.nanoTime();

            // Two probes are needed for a write: 0.5 s of silence, then 1 s and 0.4 s.
            assertThat(body(client, post("/a", "1"), 504)).contains("\"outcome\":\"unknown\"", "nor to 2 probes");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1800));
            assertThat(member.processed()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readAfterWrite_isARead(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            OkHttpClient client = inFront(
                    cluster,
                    proceedingTwice(
                            post("/token", "1"),
                            First.CLOSED,
                            () -> cluster.member(0).fail(Fault.READ_CLOSE)));

            assertThat(body(client, get("/a"), 200)).startsWith("member");
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void retryAfterAnException_isANewPass(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(1, http2).start()) {
            cluster.member(0).fail(Fault.READ_CLOSE);
            Interceptor retrying = chain -> {
                Response first = chain.proceed(chain.request());
                assertThat(first.code()).isEqualTo(502);
                first.close();
                cluster.member(0).fail(Fault.NONE);
                return chain.proceed(chain.request());
            };

            assertThat(body(inFront(cluster, retrying), post("/a", "1"), 200)).startsWith("member");
            assertThat(cluster.member(0).processed()).isEqualTo(2);
        }
    }

    @Test
    void manyPasses_leaveNothingBehind() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            Interceptor persistent = chain -> {
                for (int i = 0; i < 50; i++) {
                    chain.proceed(i % 2 == 0 ? get("/a") : post("/a", "1")).close();
                }
                return chain.proceed(chain.request());
            };
            body(inFront(cluster, persistent), get("/a"), 200);

            assertThat(cluster.member(0).processed()).isEqualTo(51);
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
            assertNobodyWaits(cluster, 2);
        }
    }

    @Test
    void unclosedFirstResponse_failsAsWithoutAProxy() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            Interceptor careless = chain -> {
                Response unclosed = chain.proceed(post("/token", "1"));
                assertThat(unclosed.code()).isEqualTo(200);
                return chain.proceed(chain.request());
            };

            assertThatThrownBy(() -> body(inFront(cluster, careless), get("/a"), 200))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("please call response.close()");
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
            assertNobodyWaits(cluster, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void watchAfterRead_survivesSilenceAndEndsWithMember(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(1, http2).start()) {
            RawMember member = cluster.member(0);
            OkHttpClient client =
                    inFront(cluster, proceedingTwice(get("/token"), First.CLOSED, () -> member.fail(Fault.WATCH)));
            try (Response watch = client.newCall(get("/v2/keys/a?wait=true")).execute()) {
                CompletableFuture<String> event = CompletableFuture.supplyAsync(() -> read(watch));
                assertThatThrownBy(() -> event.get(1500, TimeUnit.MILLISECONDS))
                        .isInstanceOf(java.util.concurrent.TimeoutException.class);
                member.goOn();
                assertThat(event.get(10, TimeUnit.SECONDS)).contains("event");
            }
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    private static String read(Response response) {
        try {
            return response.body().string();
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void readAfterAWatchThatWasClosed_isServed() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start()) {
            cluster.member(0).failOnce(Fault.WATCH);
            OkHttpClient client = inFront(
                    cluster,
                    proceedingTwice(
                            get("/v2/keys/a?wait=true"),
                            First.CLOSED,
                            () -> cluster.member(0).fail(Fault.STALL)));

            assertThat(body(client, get("/a"), 200)).startsWith("member");
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void interceptorBehind_thatProceedsTwice_isOneAttempt(boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            Interceptor twice = chain -> {
                chain.proceed(chain.request()).close();
                cluster.member(0).fail(Fault.STALL);
                return chain.proceed(chain.request());
            };

            // The second is the interceptor's own, but the call's read: it goes on to the next member, where both pass.
            assertThat(body(
                            behind(cluster, chain -> {
                                if (chain.request().url().port()
                                        == cluster.member(0).port()) {
                                    return twice.intercept(chain);
                                }
                                return chain.proceed(chain.request());
                            }),
                            get("/a"),
                            200))
                    .startsWith("member");
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @Test
    void interceptorBehind_onAnotherThread_isServedAndCut() throws Exception {
        ExecutorService elsewhere = Executors.newSingleThreadExecutor();
        try (RawCluster cluster = Setup.of(2, false).start()) {
            Interceptor moving = chain -> {
                try {
                    return elsewhere
                            .submit(() -> chain.proceed(chain.request()))
                            .get();
                } catch (InterruptedException | ExecutionException e) {
                    throw new IOException(e);
                }
            };
            OkHttpClient client = behind(cluster, moving);
            assertThat(body(client, get("/a"), 200)).startsWith("member");
            assertThat(body(client, post("/a", "1"), 200)).startsWith("member");
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
            assertNobodyWaits(cluster, 2);
        } finally {
            elsewhere.shutdownNow();
        }
    }

    /** Two proxies: {@code outer} has the inner one's listen URL for its only member. */
    private static EtcdProxy outer(RawMember peer, String innerListen) throws Exception {
        peer.lists(List.of(innerListen));
        EtcdProxy outer = EtcdProxy.builder()
                .listenClientUrls("http://outer.invalid:2379")
                .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                .start();
        outer.awaitReady(Duration.ofSeconds(20));
        return outer;
    }

    private static Request ofOuter(Request request) {
        return request.newBuilder()
                .url(request.url().newBuilder().host("outer.invalid").build())
                .build();
    }

    @ParameterizedTest
    @CsvSource({"false, GET", "false, POST", "true, GET", "true, POST"})
    void nestedProxy_isServedByInnerMembers(boolean http2, String method) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start();
                RawMember peer = new RawMember("peer", false);
                EtcdProxy outer = outer(peer, RealEtcd.LISTEN)) {
            // The outer one first, so that its calls pass the inner one.
            OkHttpClient client = cluster.proxy()
                    .wrap(outer.wrap(new OkHttpClient.Builder()
                            .protocols(cluster.client().protocols())
                            .build()));
            Request request = ofOuter(method.equals("GET") ? get("/a") : post("/a", "1"));
            body(client, request, 200);
            cluster.member(0).fail(Fault.STALL);
            if (method.equals("GET")) {
                assertThat(body(client, request, 200)).startsWith("member");
            } else {
                assertThat(body(client, request, 504)).contains("\"outcome\":\"unknown\"");
            }
            // The inner proxy's member has failed. No attempt waited for the outer one's.
            assertThat(outer.status().problem()).isEmpty();
            assertThat(outer.status().endpoints())
                    .allMatch(io.github.etcdproxy.registry.ProxyStatus.Endpoint::isAvailable);
            assertThat(cluster.isUp(1)).isTrue();
        }
    }

    @Test
    void twoProxies_inBothOrders_eachForwardsItsOwn() throws Exception {
        try (RawCluster one = Setup.of(2, false).start();
                RawMember other = new RawMember("other", false);
                RawMember peer = new RawMember("peer", false);
                EtcdProxy second = outer(peer, other.url())) {
            OkHttpClient plain = new OkHttpClient();
            for (OkHttpClient client :
                    List.of(second.wrap(one.proxy().wrap(plain)), one.proxy().wrap(second.wrap(plain)))) {
                Interceptor both = chain -> {
                    assertThat(chain.proceed(get("/a")).body().string()).startsWith("member");
                    return chain.proceed(chain.request());
                };
                OkHttpClient.Builder builder = client.newBuilder();
                builder.interceptors().add(0, both);
                one.member(0).failOnce(Fault.READ_CLOSE);

                assertThat(body(builder.build(), ofOuter(get("/b")), 200)).isEqualTo("other");
            }
            assertThat(one.isUp(1)).isTrue();
            assertThat(second.status().endpoints())
                    .allMatch(io.github.etcdproxy.registry.ProxyStatus.Endpoint::isAvailable);
        }
    }

    @Test
    void passToAnotherHost_leavesTheMembersAlone() throws Exception {
        try (RawCluster cluster = Setup.of(2, false).start();
                RawMember other = new RawMember("other", false)) {
            Request elsewhere = new Request.Builder().url(other.url() + "/x").build();
            OkHttpClient client = inFront(cluster, chain -> {
                chain.proceed(get("/a")).close();
                other.fail(Fault.SLOW);
                CompletableFuture.delayedExecutor(1200, TimeUnit.MILLISECONDS).execute(other::goOn);
                return chain.proceed(elsewhere);
            });

            assertThat(body(client, get("/b"), 200)).isEqualTo("other");
            assertThat(cluster.member(0).probes() + cluster.member(1).probes() + other.probes())
                    .isZero();
            assertThat(cluster.isUp(0) && cluster.isUp(1)).isTrue();
        }
    }

    /** The call keeps the connection of its first pass, which was none of the proxy's, for the second. */
    @ParameterizedTest
    @CsvSource({"false, GET", "false, POST", "true, GET", "true, POST"})
    void directPass_thenForwardedToTheHungMember_isCut(boolean http2, String method) throws Exception {
        try (RawCluster cluster = Setup.of(2, http2).start()) {
            Request direct = new Request.Builder().url(cluster.url(0) + "/x").build();
            OkHttpClient client = inFront(cluster, chain -> {
                chain.proceed(direct).close();
                cluster.member(0).fail(Fault.STALL);
                return chain.proceed(chain.request());
            });
            long began = System.nanoTime();

            if (method.equals("GET")) {
                assertThat(body(client, get("/b"), 200)).startsWith("member");
            } else {
                assertThat(body(client, post("/b", "1"), 504)).contains("\"outcome\":\"unknown\"");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(6));
            assertThat(cluster.isUp(0)).isFalse();
            assertThat(cluster.isUp(1)).isTrue();
        }
    }
}
