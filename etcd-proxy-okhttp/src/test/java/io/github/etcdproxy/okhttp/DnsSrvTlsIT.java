package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.ClusterTls;
import io.github.etcdproxy.examples.cluster.Dnsmasq;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.registry.NotReadyException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The name for which the certificate of a peer from https SRV records must be valid: the domain if public authorities
 * are trusted, the target's host if the user has chosen the authorities.
 */
class DnsSrvTlsIT {
    private static final String DOMAIN = "example.test";
    private static final String HOST = "infra.example.test";

    @TempDir
    private Path directory;

    private String trustStore = "";

    @AfterEach
    void giveThePlatformItsAuthoritiesBack() {
        if (!trustStore.isEmpty()) {
            System.clearProperty("javax.net.ssl.trustStore");
            System.clearProperty("javax.net.ssl.trustStorePassword");
        }
    }

    /** Makes the platform trust the peers' authority, like a public one. */
    private void makePublic(ClusterTls tls) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry(
                "authority", tls.peers().handshake().trustManager().getAcceptedIssuers()[0]);
        Path file = directory.resolve("platform.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "password".toCharArray());
        }
        trustStore = file.toString();
        System.setProperty("javax.net.ssl.trustStore", trustStore);
        System.setProperty("javax.net.ssl.trustStorePassword", "password");
    }

    private static OkHttpClient peerClient(HandshakeCertificates handshake) {
        return new OkHttpClient.Builder()
                .sslSocketFactory(handshake.sslSocketFactory(), handshake.trustManager())
                .dns(name -> {
                    if (name.equals(HOST)) {
                        return List.of(InetAddress.getLoopbackAddress());
                    }
                    throw new UnknownHostException(name);
                })
                .build();
    }

    private static EtcdProxy proxy(Dnsmasq dns, OkHttpClient peerClient) {
        return EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.dnsSrv(DOMAIN).resolver(dns.address()))
                .peerClient(peerClient)
                .start();
    }

    private static Dnsmasq records(ProcessCluster cluster) throws Exception {
        int port = URI.create(cluster.members().get(0).peerUrl()).getPort();
        return Dnsmasq.start("srv-host=_etcd-server-ssl._tcp." + DOMAIN + "," + HOST + "," + port + ",0,0");
    }

    @Test
    void publicAuthority_requiresCertificateForDomain() throws Exception {
        ClusterTls tls = ClusterTls.create(DOMAIN);
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1, tls);
                Dnsmasq dns = records(cluster)) {
            OkHttpClient ownAuthorities = peerClient(tls.peers().handshake());
            try (EtcdProxy proxy = proxy(dns, ownAuthorities)) {
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ofSeconds(2)))
                        .isInstanceOf(NotReadyException.class)
                        .hasMessageContaining("its certificate is not valid for " + HOST);
            }
            makePublic(tls);
            try (EtcdProxy proxy = proxy(dns, peerClient(tls.peers().handshakeOfPublicAuthorities()))) {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(proxy.status().endpoints()).hasSize(1);
            }
        }
    }

    @Test
    void ownAuthority_requiresCertificateForHost() throws Exception {
        ClusterTls tls = ClusterTls.create(HOST);
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1, tls);
                Dnsmasq dns = records(cluster)) {
            try (EtcdProxy proxy = proxy(dns, peerClient(tls.peers().handshake()))) {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(proxy.status().endpoints()).hasSize(1);
            }
            makePublic(tls);
            try (EtcdProxy proxy = proxy(dns, peerClient(tls.peers().handshakeOfPublicAuthorities()))) {
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ofSeconds(2)))
                        .isInstanceOf(NotReadyException.class)
                        .hasMessageContaining("its certificate is not valid for ");
            }
        }
    }
}
