package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Members whose names are not resolved in time. */
@Timeout(60)
class BoundedDnsTest {

    /** Resolves {@code good} to this machine, and {@code stuck} when the test has ended. */
    private static final class StuckDns implements Dns {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private final AtomicInteger lookups = new AtomicInteger();

        @Override
        public List<InetAddress> lookup(String hostname) throws UnknownHostException {
            if (hostname.equals("stuck")) {
                lookups.incrementAndGet();
                asked.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new UnknownHostException(hostname);
            }
            if (hostname.equals("broken")) {
                throw new SecurityException("no resolving here");
            }
            return List.of(InetAddress.getLoopbackAddress());
        }
    }

    private static EtcdProxy proxy(Duration dialTimeout, String... clientUrls) throws Exception {
        try (RawMember peer = new RawMember("peer", false)) {
            peer.lists(List.of(clientUrls));
            EtcdProxy proxy = EtcdProxy.builder()
                    .listenClientUrls(RealEtcd.LISTEN)
                    .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                    .dialTimeout(dialTimeout)
                    .start();
            proxy.awaitReady(Duration.ofSeconds(20));
            return proxy;
        }
    }

    @Test
    void write_lateResolver_goesToNextMember() throws Exception {
        StuckDns dns = new StuckDns();
        OkHttpClient client = new OkHttpClient.Builder().dns(dns).build();
        try (RawMember member = new RawMember("member", false);
                EtcdProxy proxy = proxy(Duration.ofMillis(500), "http://stuck:2379", "http://good:" + member.port())) {
            OkHttpClient wrapped = proxy.wrap(client);
            for (int i = 0; i < 5; i++) {
                body(wrapped, post("/a", "1"), 200);
            }
            assertThat(member.processed()).isEqualTo(5);
        } finally {
            dns.released.countDown();
        }
    }

    @Test
    void stuckLookup_isReportedAndNotRepeated() throws Exception {
        StuckDns dns = new StuckDns();
        OkHttpClient client = new OkHttpClient.Builder().dns(dns).build();
        try (EtcdProxy proxy = proxy(Duration.ofMillis(200), "http://stuck:2379")) {
            assertThat(proxy.status().endpoints()).hasSize(1);
            OkHttpClient wrapped = proxy.wrap(client);
            for (int i = 0; i < 5; i++) {
                assertThat(body(wrapped, post("/a", "1"), 502))
                        .contains(
                                "stuck: not resolved within 200 ms",
                                "\"phase\":\"connect\"",
                                "\"outcome\":\"not-applied\"");
            }
            assertThat(proxy.status().endpoints().get(0).isAvailable()).isTrue(); // the resolver failed, not the member
            // One for the calls, and one for the probe if it was due.
            assertThat(dns.lookups.get()).isLessThanOrEqualTo(2);
        } finally {
            dns.released.countDown();
        }
    }

    @Test
    void lateResolver_usesPreviousAddresses() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger lookups = new AtomicInteger();
        Dns gettingStuck = hostname -> {
            if (lookups.incrementAndGet() > 1) {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return List.of(InetAddress.getLoopbackAddress());
        };
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(gettingStuck)
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
                .build();
        try (RawMember member = new RawMember("member", false);
                EtcdProxy proxy = proxy(Duration.ofMillis(200), "http://name.invalid:" + member.port())) {
            OkHttpClient wrapped = proxy.wrap(client);
            body(wrapped, get("/a"), 200);
            body(wrapped, get("/a"), 200);
            assertThat(lookups).hasValue(2);
        } finally {
            end.countDown();
        }
    }

    @Test
    void cancellingEndsACallWhoseNameIsBeingResolved() throws Exception {
        StuckDns dns = new StuckDns();
        OkHttpClient client = new OkHttpClient.Builder().dns(dns).build();
        try (EtcdProxy proxy = proxy(Duration.ofSeconds(30), "http://stuck:2379")) {
            Call call = proxy.wrap(client).newCall(get("/a"));
            CompletableFuture<String> outcome = CompletableFuture.supplyAsync(() -> {
                try (Response response = call.execute()) {
                    return "answered " + response.code();
                } catch (IOException e) {
                    return e.getMessage();
                }
            });
            assertThat(dns.asked.await(20, TimeUnit.SECONDS)).isTrue();
            call.cancel();

            assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo("Canceled");
            assertThat(proxy.status().endpoints().get(0).isAvailable()).isTrue();
        } finally {
            dns.released.countDown();
        }
    }

    @Test
    void whatAResolverThrowsIsReported() throws Exception {
        OkHttpClient client = new OkHttpClient.Builder().dns(new StuckDns()).build();
        try (EtcdProxy proxy = proxy(Duration.ofSeconds(1), "http://broken:2379")) {
            assertThat(body(proxy.wrap(client), get("/a"), 502)).contains("no resolving here");
        }
    }

    @Test
    void otherCalls_areResolvedDirectly() throws Exception {
        OkHttpClient client = new OkHttpClient.Builder().dns(new StuckDns()).build();
        try (RawMember elsewhere = new RawMember("elsewhere", false);
                EtcdProxy proxy = proxy(Duration.ofSeconds(1), "http://good:1")) {
            Request request = new Request.Builder()
                    .url("http://good:" + elsewhere.port() + "/a")
                    .build();
            assertThat(body(proxy.wrap(client), request, 200)).isEqualTo("elsewhere");
            Request broken = new Request.Builder().url("http://broken:1/").build();
            assertThatThrownBy(() -> body(proxy.wrap(client), broken, 200)).isInstanceOf(SecurityException.class);
        }
    }
}
