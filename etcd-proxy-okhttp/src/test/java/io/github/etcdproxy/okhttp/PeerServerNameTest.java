package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The name for which the certificate of an https peer from DNS SRV records must be valid: the domain if public
 * authorities are trusted, as in etcd without a trusted CA file; the peer's host if the user has chosen the
 * authorities. During a test, the platform's authorities are the test's own.
 */
@Isolated
class PeerServerNameTest {
    private static final List<String> PROPERTIES =
            List.of("javax.net.ssl.trustStore", "javax.net.ssl.trustStorePassword", "javax.net.ssl.trustStoreType");

    private final HeldCertificate authority =
            new HeldCertificate.Builder().certificateAuthority(0).build();

    @BeforeEach
    void becomeThePlatformsAuthority(@TempDir Path directory) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("authority", authority.certificate());
        Path file = directory.resolve("platform.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "password".toCharArray());
        }
        System.setProperty(PROPERTIES.get(0), file.toString());
        System.setProperty(PROPERTIES.get(1), "password");
        System.setProperty(PROPERTIES.get(2), "PKCS12");
    }

    @AfterEach
    void giveThePlatformItsAuthoritiesBack() {
        PROPERTIES.forEach(System::clearProperty);
    }

    private MockWebServer peer(String validFor) throws Exception {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .signedBy(authority)
                .addSubjectAlternativeName(validFor)
                .build();
        MockWebServer peer = new MockWebServer();
        peer.useHttps(new HandshakeCertificates.Builder()
                .heldCertificate(certificate)
                .build()
                .sslSocketFactory());
        peer.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return new MockResponse.Builder()
                        .body("[{\"id\":1,\"clientURLs\":[\"https://member.invalid:1\"]}]")
                        .build();
            }
        });
        peer.start();
        return peer;
    }

    @ParameterizedTest
    @CsvSource({
        "example.com, platform, true",
        "localhost, platform, false", // anyone can get a certificate for a host that forged DNS names
        "example.com, own, false",
        "localhost, own, true",
    })
    void peersFoundByDnsAreVerified(String validFor, String authorities, boolean trusted) throws Exception {
        HandshakeCertificates withAnother = new HandshakeCertificates.Builder()
                .addTrustedCertificate(authority.certificate())
                .addTrustedCertificate(new HeldCertificate.Builder()
                        .certificateAuthority(0)
                        .build()
                        .certificate())
                .build();
        OkHttpClient client = authorities.equals("platform")
                ? new OkHttpClient()
                : new OkHttpClient.Builder()
                        .sslSocketFactory(withAnother.sslSocketFactory(), withAnother.trustManager())
                        .build();
        try (MockWebServer peer = peer(validFor)) {
            EtcdUrl url = EtcdUrl.of("https://localhost:" + peer.getPort());
            PeerDiscovery asDnsSrvDoes =
                    context -> new Peers(List.of(url), Peers.Port.PEER, Optional.of("example.com"));
            try (EtcdProxy proxy = EtcdProxy.builder()
                    .listenClientUrls(RealEtcd.LISTEN)
                    .discovery(asDnsSrvDoes)
                    .peerClient(client)
                    .dialTimeout(Duration.ofSeconds(10))
                    .start()) {
                if (trusted) {
                    proxy.awaitReady(Duration.ofSeconds(20));
                } else {
                    Awaitility.await()
                            .atMost(20, TimeUnit.SECONDS)
                            .until(() ->
                                    proxy.status().refreshFailure().orElse("").contains("not verified"));
                }
                assertThat(proxy.status().isReady()).isEqualTo(trusted);
            }
        }
    }
}
