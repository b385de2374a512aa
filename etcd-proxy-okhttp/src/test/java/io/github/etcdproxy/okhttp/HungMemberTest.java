package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.Freezing;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocket;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import okio.BufferedSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Members that accept connections and stay silent, and members that are merely slow. The caller's timeouts are off, so
 * that only the proxy can end a call. The exact times are tested in the core, on a virtual clock.
 */
@Execution(ExecutionMode.CONCURRENT)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a read that hangs hears no interrupt
class HungMemberTest {

    /** Far above the promised two seconds, for slow machines, and far below forever. */
    private static final Duration SOON = Duration.ofSeconds(8);

    /** Ends hung calls, so that a test fails rather than hangs. */
    private static final Duration FAR_OFF = Duration.ofSeconds(40);

    private static Setup patient(int size, boolean http2) {
        return Setup.of(size, http2)
                .withClient(client ->
                        client.readTimeout(Duration.ZERO).callTimeout(FAR_OFF).writeTimeout(Duration.ZERO));
    }

    /** An action that takes some time. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    private static void soon(Step step) throws Exception {
        long began = System.nanoTime();
        step.run();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void openWatch_memberFreezes_endsWithReason(boolean http2) throws Exception {
        assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
        try (RawCluster cluster = patient(1, http2).withRelays().start()) {
            cluster.member(0).fail(Fault.WATCH);
            try (Response watch =
                    cluster.client().newCall(get("/v2/keys/a?wait=true")).execute()) {
                assertThat(watch.code()).isEqualTo(200);
                CompletableFuture<String> end = CompletableFuture.supplyAsync(() -> {
                    try {
                        return watch.body().string();
                    } catch (IOException e) {
                        return e.getMessage();
                    }
                });
                await().until(() -> cluster.member(0).probes() > 0); // it is read, and alive so far
                cluster.relay(0).freeze();

                soon(() -> assertThat(end.get()).startsWith(cluster.url(0) + " gave no answer, nor to "));
            }
            assertThat(cluster.isUp(0)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void slowMember_isWaitedFor(boolean http2) throws Exception {
        try (RawCluster cluster = patient(2, http2).start()) {
            cluster.member(0).fail(Fault.SLOW);
            Thread later = new Thread(() -> {
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> cluster.member(0).probes() >= 20); // which takes ten seconds
                cluster.member(0).goOn();
            });
            later.start();

            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
            assertThat(cluster.member(0).processed()).isEqualTo(1);
            assertThat(cluster.member(1).processed()).isZero();
            assertThat(cluster.isUp(0)).isTrue();
            later.join();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void watch_lateEvent_ignoresCallersReadTimeout(boolean http2) throws Exception {
        // Six probes are three seconds; the client would give up after one.
        Setup setup = Setup.of(2, http2).withClient(client -> client.readTimeout(Duration.ofSeconds(1)));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).fail(Fault.WATCH);
            Thread later = new Thread(() -> {
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> cluster.member(0).probes() >= 6);
                cluster.member(0).goOn();
            });
            later.start();

            assertThat(body(cluster.client(), get("/v2/keys/a?wait=true"), 200)).isEqualTo("event");
            later.join();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allMembersHung_eachIsTriedOnce(boolean http2) throws Exception {
        try (RawCluster cluster = patient(2, http2).start()) {
            cluster.member(0).fail(Fault.STALL);
            cluster.member(1).fail(Fault.STALL);

            soon(() -> assertThat(body(cluster.client(), get("/a"), 504))
                    .contains("2 endpoint(s)", "gave no answer, nor to "));
        }
    }

    @Test
    void hungMember_doesNotDelayLaterCalls() throws Exception {
        try (RawCluster cluster = patient(2, false).start()) {
            cluster.member(0).fail(Fault.STALL);
            body(cluster.client(), get("/a"), 200);
            for (int i = 0; i < 100; i++) {
                body(cluster.client(), post("/a", "1"), 200);
            }
            assertThat(cluster.member(0).processed()).isEqualTo(1);
            assertThat(cluster.member(1).processed()).isEqualTo(101);
        }
    }

    @Test
    void aMemberThatThawsComesBack() throws Exception {
        assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
        Setup setup = patient(2, false)
                .with(options -> options.failureWait(Duration.ofMillis(100)))
                .withRelays();
        try (RawCluster cluster = setup.start()) {
            cluster.relay(0).freeze();
            body(cluster.client(), get("/a"), 200);
            assertThat(cluster.isUp(0)).isFalse();
            cluster.relay(0).thaw();

            await().atMost(Duration.ofSeconds(60)).until(() -> cluster.isUp(0));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"CHALLENGE_THEN_STALL", "REDIRECT_THEN_STALL"})
    void freezeAfterFirstResponse_isDetected(Fault fault) throws Exception {
        Setup setup = Setup.of(1, false)
                .withClient(client -> client.readTimeout(Duration.ZERO)
                        .callTimeout(FAR_OFF)
                        .authenticator((route, response) -> response.request()
                                .newBuilder()
                                .header("Authorization", "Basic Og==")
                                .build()));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).fail(fault);

            soon(() -> assertThat(body(cluster.client(), get("/a"), 504)).contains("gave no answer, nor to "));
        }
    }

    @Test
    void flowingBody_withoutProbeResponses_isNotAborted() throws Exception {
        try (RawCluster cluster = patient(1, false).start()) {
            cluster.member(0).fail(Fault.FLOW);
            try (Response stream = cluster.client()
                    .newCall(get("/v2/keys/a?wait=true&stream=true"))
                    .execute()) {
                BufferedSource source = stream.body().source();
                long began = System.nanoTime();
                while (System.nanoTime() - began < Duration.ofSeconds(4).toNanos()) {
                    assertThat(source.readUtf8(5)).isEqualTo("event");
                }
                cluster.member(0).goOn();
                source.readUtf8();
            }
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    @Test
    void bufferedBody_readLate_isComplete() throws Exception {
        try (RawCluster cluster = patient(1, false).start()) {
            cluster.member(0).fail(Fault.WATCH);
            try (Response response =
                    cluster.client().newCall(post("/v2/keys/a", "1")).execute()) {
                cluster.member(0).goOn();
                cluster.member(0).awaitAnswer();
                cluster.member(0).fail(Fault.STALL);
                int probes = cluster.member(0).probes();
                long arrived = System.nanoTime();
                await().until(() ->
                        System.nanoTime() - arrived > Duration.ofSeconds(3).toNanos());

                assertThat(response.body().string()).isEqualTo("event");
                assertThat(cluster.member(0).probes()).isEqualTo(probes); // no attempt was waiting
            }
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    @Test
    void probes_useTheWaitingClientsSettings() throws Exception {
        Dns good = hostname -> List.of(InetAddress.getLoopbackAddress());
        Dns bad = hostname -> {
            throw new UnknownHostException(hostname);
        };
        try (RawMember member = new RawMember("member", false);
                EtcdProxy proxy = proxy(RealEtcd.LISTEN, List.of("http://member.invalid:" + member.port()))) {
            OkHttpClient client =
                    proxy.wrap(new OkHttpClient.Builder().dns(good).build());
            OkHttpClient other = proxy.wrap(new OkHttpClient.Builder().dns(bad).build());
            assertThat(other).isNotNull();
            member.fail(Fault.SLOW);
            Thread later = new Thread(() -> {
                await().atMost(Duration.ofMinutes(1)).until(() -> member.probes() >= 3);
                member.goOn();
            });
            later.start();

            assertThat(body(client, get("/a"), 200)).isEqualTo("member");
            later.join();
        }
    }

    @Test
    void onlyProbesAnswered_timeoutsTakeMemberDown() throws Exception {
        Setup setup = Setup.of(2, false).withClient(client -> client.readTimeout(Duration.ofMillis(400)));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).fail(Fault.SLOW);
            for (int i = 0; i < 10; i++) {
                body(cluster.client(), get("/a"), 200);
            }
            // Its answers to probes don't bring it back before its time.
            assertThat(cluster.member(0).processed()).isEqualTo(3);
            assertThat(cluster.isUp(0)).isFalse();
        }
    }

    /** A TLS cluster of one silent address and one healthy member. */
    private static void withTls(TlsTest test) throws Exception {
        HeldCertificate authority =
                new HeldCertificate.Builder().certificateAuthority(0).build();
        HeldCertificate certificate = new HeldCertificate.Builder()
                .signedBy(authority)
                .addSubjectAlternativeName("127.0.0.1")
                .build();
        HandshakeCertificates ofServers =
                new HandshakeCertificates.Builder().heldCertificate(certificate).build();
        HandshakeCertificates ofClients = new HandshakeCertificates.Builder()
                .addTrustedCertificate(authority.certificate())
                .build();
        OkHttpClient client = new OkHttpClient.Builder()
                .sslSocketFactory(ofClients.sslSocketFactory(), ofClients.trustManager())
                .readTimeout(Duration.ZERO)
                .callTimeout(FAR_OFF)
                .writeTimeout(Duration.ZERO)
                .build();
        try (MockWebServer healthy = new MockWebServer();
                ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            healthy.useHttps(ofServers.sslSocketFactory());
            healthy.setDispatcher(new mockwebserver3.Dispatcher() {
                @Override
                public MockResponse dispatch(mockwebserver3.RecordedRequest request) {
                    return new MockResponse.Builder().body("healthy").build();
                }
            });
            healthy.start();
            test.run(client, ofServers, healthy, other);
        } finally {
            client.connectionPool().evictAll();
        }
    }

    /** A test on a TLS cluster. */
    @FunctionalInterface
    private interface TlsTest {
        void run(OkHttpClient client, HandshakeCertificates certificates, MockWebServer healthy, ServerSocket other)
                throws Exception;
    }

    /** A proxy with these members, in any order. */
    private static EtcdProxy proxy(List<String> clientUrls) throws Exception {
        return proxy("https://etcd.invalid:2379", clientUrls);
    }

    private static EtcdProxy proxy(String listenUrl, List<String> clientUrls) throws Exception {
        RawMember peer = new RawMember("peer", false);
        peer.lists(clientUrls);
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(listenUrl)
                .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                .start();
        proxy.awaitReady(Duration.ofSeconds(20));
        peer.close();
        return proxy;
    }

    private static final Request TLS_POST =
            post("/a", "1").newBuilder().url("https://etcd.invalid:2379/a").build();

    @Test
    void write_silentTlsHandshake_goesToNextMember() throws Exception {
        withTls((client, certificates, healthy, silent) -> {
            List<String> urls =
                    List.of("https://127.0.0.1:" + healthy.getPort(), "https://127.0.0.1:" + silent.getLocalPort());
            for (boolean silentFirst = false; !silentFirst; ) {
                try (EtcdProxy proxy = proxy(urls)) {
                    String first = proxy.status().endpoints().get(0).url().toString();
                    silentFirst = first.equals(urls.get(1));
                    OkHttpClient wrapped = proxy.wrap(client);
                    soon(() -> assertThat(body(wrapped, TLS_POST, 200)).isEqualTo("healthy"));
                }
            }
        });
    }

    @Test
    void upload_stuckInTls_isUnknown() throws Exception {
        withTls((client, certificates, healthy, other) -> {
            List<Socket> held = new ArrayList<>(); // or the garbage collector closes it
            Thread handshaking = new Thread(() -> {
                try {
                    // Only the first connection gets a handshake; the probes get none.
                    Socket socket = other.accept();
                    SSLSocket tls = (SSLSocket)
                            certificates.sslSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(), true);
                    tls.setUseClientMode(false);
                    held.add(tls);
                    tls.startHandshake();
                } catch (IOException e) {
                    // The test has ended.
                }
            });
            handshaking.setDaemon(true);
            handshaking.start();
            Request upload = TLS_POST.newBuilder()
                    .post(RequestBody.create(new byte[64 << 20], null))
                    .build();
            try (EtcdProxy proxy = proxy(List.of("https://127.0.0.1:" + other.getLocalPort()))) {
                OkHttpClient wrapped = proxy.wrap(client);
                // Well before the write timeout of 5 s.
                soon(() -> assertThat(body(wrapped, upload, 504))
                        .contains("\"outcome\":\"unknown\"", "gave no answer, nor to 2 probes"));
            }
            handshaking.join();
            for (Socket socket : held) {
                socket.close();
            }
        });
    }
}
