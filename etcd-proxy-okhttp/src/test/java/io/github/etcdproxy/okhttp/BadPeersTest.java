package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.registry.NotReadyException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import okio.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers with invalid responses: each is skipped, and its reason is reported. */
@Isolated // counts the threads of the whole process
class BadPeersTest {

    private static MockResponse.Builder response() {
        return new MockResponse.Builder();
    }

    private static Arguments bad(String reason, Supplier<MockResponse.Builder> response) {
        return Arguments.of(reason, response);
    }

    static Stream<Arguments> badPeers() {
        return Stream.of(
                bad(
                        "something else than a list of members: \"<html>",
                        () -> response().body("<html><body>login</body></html>")),
                bad(
                        "something else than a list of members: \"[{\"id\":1,",
                        () -> response().body("[{\"id\":1,\"clientURLs\":[\"http")),
                bad("answered with more than 1048576 bytes", () -> response().body(hundredMegabytes())),
                bad("answered with an empty list of members", () -> response().body("[]")),
                bad("answered 404 instead of 200", () -> response().code(404)),
                bad("answered 503 instead of 200", () -> response().code(503)),
                bad(
                        "answered 302 instead of 200",
                        () -> response().code(302).addHeader("Location", "http://127.0.0.1:1/members")),
                bad("no member has published a client URL yet", () -> response().body("[{\"id\":1,\"peerURLs\":[]}]")),
                bad(
                        "http://0.0.0.0:2379 is a wildcard address",
                        () -> response().body("[{\"id\":1,\"clientURLs\":[\"http://0.0.0.0:2379\"]}]")),
                bad(
                        "timeout: no complete answer within 10000 ms",
                        () -> response().onResponseStart(SocketEffect.Stall.INSTANCE)),
                bad(
                        "timeout: no complete answer within 10000 ms",
                        () -> response().body("[").onResponseBody(SocketEffect.Stall.INSTANCE)),
                bad("unexpected end of stream", () -> response().onResponseStart(new SocketEffect.CloseSocket())));
    }

    private static Buffer hundredMegabytes() {
        // Segments are shared, so that this costs little memory.
        Buffer chunk = new Buffer().write(new byte[1 << 20]);
        Buffer all = new Buffer();
        for (int i = 0; i < 100; i++) {
            chunk.copyTo(all, 0, chunk.size());
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("badPeers")
    void badPeer_isSkippedWithReason(String reason, Supplier<MockResponse.Builder> response) throws Exception {
        try (ScriptedCluster bad = new ScriptedCluster(1);
                ScriptedCluster good = new ScriptedCluster(1)) {
            bad.peerAnswers(request -> response.get().build());

            try (EtcdProxy proxy =
                    bad.proxy().dialTimeout(Duration.ofMillis(300)).start()) {
                await().atMost(Duration.ofSeconds(30)) // a silent peer has ten
                        .untilAsserted(() ->
                                assertThat(proxy.status().refreshFailure()).isPresent());
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ZERO))
                        .isInstanceOf(NotReadyException.class)
                        .hasMessageContaining(bad.peerUrl() + ": ")
                        .hasMessageContaining(reason);
            }
            PeerDiscovery both = PeerDiscovery.initialCluster("a=" + bad.peerUrl() + ",b=" + good.peerUrl());
            try (EtcdProxy proxy = bad.proxy()
                    .discovery(both)
                    .dialTimeout(Duration.ofMillis(300))
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(10));
            }
        }
    }

    @Test
    void slowPeer_isWaitedFor() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1)) {
            cluster.peerAnswers(request -> cluster.members()
                    .newBuilder()
                    .headersDelay(1500, TimeUnit.MILLISECONDS)
                    .build());

            try (EtcdProxy proxy =
                    cluster.proxy().dialTimeout(Duration.ofMillis(300)).start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(cluster.peerRequests()).isEqualTo(2);
            }
        }
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                MockWebServer elsewhere = new MockWebServer()) {
            elsewhere.start();
            cluster.peerAnswers(request -> response()
                    .code(307)
                    .addHeader("Location", elsewhere.url("/members"))
                    .build());
            try (EtcdProxy proxy = cluster.proxy().start()) {
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ofSeconds(2)))
                        .hasMessageContaining("answered 307 instead of 200");
            }
            assertThat(elsewhere.getRequestCount()).isZero();
        }
    }

    @Test
    void retryAfter_fromPeer_isIgnored() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1)) {
            cluster.peerAnswers(request ->
                    response().code(503).addHeader("Retry-After", "0").build());
            try (EtcdProxy proxy = cluster.proxy().start()) {
                await().untilAsserted(() ->
                        assertThat(proxy.status().refreshFailure()).isPresent());
                assertThat(cluster.peerRequests()).isEqualTo(1);
            }
        }
    }

    @Test
    void close_whileReadingResponse_abortsIt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedCluster cluster = new ScriptedCluster(1)) {
            cluster.peerAnswers(request -> {
                asked.countDown();
                return response()
                        .body("[")
                        .onResponseBody(SocketEffect.Stall.INSTANCE)
                        .build();
            });
            EtcdProxy proxy = cluster.proxy().dialTimeout(Duration.ofHours(1)).start();
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            proxy.close();
        }
        // close() waits at most two seconds for our threads; a read that is not aborted would last an hour.
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("etcd-proxy"));
    }

    @Test
    void peers_useThePeerClientsSettingsAndHttp11() throws Exception {
        HeldCertificate authority =
                new HeldCertificate.Builder().certificateAuthority(0).build();
        HeldCertificate certificate = new HeldCertificate.Builder()
                .signedBy(authority)
                .addSubjectAlternativeName("peer.invalid")
                .build();
        HandshakeCertificates ofPeer =
                new HandshakeCertificates.Builder().heldCertificate(certificate).build();
        HandshakeCertificates ofClient = new HandshakeCertificates.Builder()
                .addTrustedCertificate(authority.certificate())
                .build();
        OkHttpClient peerClient = new OkHttpClient.Builder()
                .sslSocketFactory(ofClient.sslSocketFactory(), ofClient.trustManager())
                .dns(host -> List.of(InetAddress.getLoopbackAddress()))
                .build();
        try (MockWebServer peer = new MockWebServer()) {
            peer.useHttps(ofPeer.sslSocketFactory()); // offers HTTP/2, too
            peer.enqueue(response()
                    .body("[{\"id\":1,\"clientURLs\":[\"https://member.invalid:1\"]}]")
                    .build());
            peer.start();
            try (EtcdProxy proxy = EtcdProxy.builder()
                    .listenClientUrls("http://etcd.invalid:2379")
                    .discovery(PeerDiscovery.initialCluster("a=https://peer.invalid:" + peer.getPort()))
                    .dialTimeout(Duration.ofSeconds(10))
                    .peerClient(peerClient)
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(10));
            }
            assertThat(peer.takeRequest().getVersion()).isEqualTo("HTTP/1.1");
        }
    }
}
