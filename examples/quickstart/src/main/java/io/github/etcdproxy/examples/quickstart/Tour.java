package io.github.etcdproxy.examples.quickstart;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.CallStream;
import io.github.etcdproxy.examples.cluster.EtcdCluster;
import io.github.etcdproxy.examples.cluster.EtcdMember;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** A demonstration of the proxy on one cluster, step by step. Each step throws if it does not succeed. */
final class Tour {
    /** Names under {@code .invalid} are never resolved (RFC 2606), so a call that succeeds was forwarded. */
    static final String LISTEN = "http://etcd.invalid:2379";

    private static final String VALUE = "hello";
    private static final int THREADS = 8;

    private final PrintStream out;
    private final EtcdProxy.Builder options;

    private Tour(PrintStream out, String initialCluster) {
        this.out = out;
        // Shorter than the defaults, for a short demonstration.
        this.options = EtcdProxy.builder()
                .listenClientUrls(LISTEN)
                .discovery(PeerDiscovery.initialCluster(initialCluster))
                .refreshInterval(Duration.ofSeconds(5))
                .failureWait(Duration.ofSeconds(1));
    }

    static void ofOwnCluster(PrintStream out, EtcdCluster cluster) throws Exception {
        for (EtcdMember member : cluster.members()) {
            out.printf("     %s  clients %s  peers %s%n", member.name(), member.clientUrl(), member.peerUrl());
        }
        new Tour(out, cluster.initialCluster()).go(Optional.of(cluster));
    }

    static void ofRunningCluster(PrintStream out, String initialCluster) throws Exception {
        new Tour(out, initialCluster).go(Optional.empty());
    }

    private void go(Optional<EtcdCluster> own) throws Exception {
        try (EtcdProxy proxy = options.mode(ProxyMode.ON).start()) {
            OkHttpClient client = proxy.wrap(new OkHttpClient());
            find(proxy);
            Store store = Store.of(client);
            writeAndRead(client, store);
            if (own.isPresent()) {
                killAndBringBack(proxy, client, store, own.get());
            } else {
                out.println("\n4, 5  left out: the members of a running cluster are not ours to kill");
            }
            readOnly(store);
            expect(client, store.delete(), 200);
            client.connectionPool().evictAll();
        }
    }

    private void find(EtcdProxy proxy) throws Exception {
        out.println("\n2  The proxy asks a peer for the members");
        long start = System.nanoTime();
        proxy.awaitReady(Duration.ofSeconds(10));
        out.printf(
                "     ready after %d ms; cluster %s%n",
                millisSince(start), proxy.status().clusterId());
        for (Endpoint endpoint : proxy.status().endpoints()) {
            out.println("     " + endpoint.url());
        }
    }

    private void writeAndRead(OkHttpClient client, Store store) throws IOException {
        out.println("\n3  A write and a read at " + LISTEN);
        show(client, store.put(VALUE));
        String body = show(client, store.get());
        if (!store.shows(body, VALUE)) {
            throw new IOException("what was written is not what is read: " + body);
        }
    }

    private void killAndBringBack(EtcdProxy proxy, OkHttpClient client, Store store, EtcdCluster cluster)
            throws Exception {
        EtcdMember victim =
                cluster.memberAt(proxy.status().endpoints().get(0).url().toString());
        out.printf("%n4  %s, to which the calls go, is killed under %d threads of reads%n", victim.name(), THREADS);
        Request read = store == Store.V2
                ? store.get()
                : new Request.Builder().url(LISTEN + "/version").build();
        CallStream reads = CallStream.start(THREADS, () -> expect(client, read, 200));
        try (reads) {
            watch(reads, 2, victim.name() + " is up");
            victim.kill();
            watch(reads, 4, victim.name() + " is killed");
            long start = System.nanoTime();
            out.printf("%n5  %s comes back%n", victim.name());
            victim.restart();
            while (!proxy.status().endpoints().stream().allMatch(Endpoint::isAvailable)) {
                if (millisSince(start) > 30_000) {
                    throw new IOException(victim.name() + " is not back after 30 s: " + proxy.status());
                }
                watch(reads, 1, "waiting for the probe that finds it");
            }
            watch(reads, 2, "all " + cluster.members().size() + " members are available");
        }
        out.printf(
                Locale.ROOT,
                "     %,d calls, %d failed, longest stall %d ms%n",
                reads.calls(),
                reads.failures().size(),
                reads.longestCall().toMillis());
        if (!reads.failures().isEmpty()) {
            throw new IOException(
                    "calls failed, the first with " + reads.failures().get(0));
        }
    }

    /** Shows the calls' progress twice a second. */
    private void watch(CallStream calls, int halfSeconds, String what) throws InterruptedException {
        for (int i = 0; i < halfSeconds; i++) {
            TimeUnit.MILLISECONDS.sleep(500);
            out.printf(
                    Locale.ROOT,
                    "     %,8d calls, %d failed   %s%n",
                    calls.calls(),
                    calls.failures().size(),
                    what);
        }
    }

    private void readOnly(Store store) throws Exception {
        out.println("\n6  A proxy that is read-only");
        try (EtcdProxy proxy = options.mode(ProxyMode.READONLY).start()) {
            OkHttpClient client = proxy.wrap(new OkHttpClient());
            expect(client, store.put("not " + VALUE), 501);
            out.println("     " + store.put("").method() + " is refused with 501");
            show(
                    client,
                    store == Store.V2
                            ? store.get()
                            : new Request.Builder().url(LISTEN + "/version").build());
            client.connectionPool().evictAll();
        }
        out.println();
    }

    /** Makes a call that should succeed, and says which member answered. */
    private String show(OkHttpClient client, Request request) throws IOException {
        try (Response response = client.newCall(request).execute()) {
            String body = response.body().string();
            if (!response.isSuccessful()) {
                throw new IOException(request.method() + " gave " + response.code() + ": " + body.strip());
            }
            Request forwarded =
                    Objects.requireNonNull(response.networkResponse()).request();
            out.printf(
                    "     %-4s %d from %s:%d   %s%n",
                    request.method(),
                    response.code(),
                    forwarded.url().host(),
                    forwarded.url().port(),
                    body.strip());
            return body;
        }
    }

    private static void expect(OkHttpClient client, Request request, int status) throws IOException {
        try (Response response = client.newCall(request).execute()) {
            String body = response.body().string();
            if (response.code() != status) {
                throw new IOException(request.method() + " " + request.url().encodedPath() + " gave " + response.code()
                        + " instead of " + status + ": " + body.strip());
            }
        }
    }

    private static long millisSince(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }
}
