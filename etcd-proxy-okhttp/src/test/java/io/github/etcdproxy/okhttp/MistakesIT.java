package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.ClusterTls;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.registry.NotReadyException;
import java.time.Duration;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mistakes in the configuration, made with real members: the reason says what to change. */
@Tag("once")
class MistakesIT {
    private static final ClusterTls TLS = ClusterTls.create();
    private static ProcessCluster plain;
    private static ProcessCluster secured;

    @BeforeAll
    static void startClusters() {
        plain = ProcessCluster.start(EtcdBinary.forTest(), 1);
        secured = ProcessCluster.start(EtcdBinary.forTest(), 1, TLS);
    }

    @AfterAll
    static void stopClusters() {
        if (plain != null) {
            plain.close();
        }
        if (secured != null) {
            secured.close();
        }
    }

    private static EtcdProcess member(ProcessCluster cluster) {
        return cluster.members().get(0);
    }

    private static OkHttpClient with(HandshakeCertificates handshake) {
        return RealEtcd.client()
                .sslSocketFactory(handshake.sslSocketFactory(), handshake.trustManager())
                .build();
    }

    private static String withScheme(String scheme, String url) {
        return scheme + url.substring(url.indexOf("://"));
    }

    private static void assertPeersFail(PeerDiscovery discovery, OkHttpClient peerClient, String... parts) {
        try (EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(discovery)
                .peerClient(peerClient)
                .dialTimeout(Duration.ofSeconds(5))
                .start()) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> proxy.status().refreshFailure().isPresent());
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ZERO))
                    .isInstanceOf(NotReadyException.class)
                    .hasMessageContainingAll(parts);
        }
    }

    @Test
    void portsOfTheOtherKind_areNamed() {
        String client = member(plain).clientUrl();
        assertPeersFail(
                PeerDiscovery.initialCluster("a=" + client),
                new OkHttpClient(),
                client
                        + ": answered 404 instead of 200: is this a client port? initial-cluster wants peer ports"
                        + " (2380); PeerDiscovery.clientEndpoints takes client ports (2379)");
        String peer = member(plain).peerUrl();
        assertPeersFail(
                PeerDiscovery.clientEndpoints(peer),
                new OkHttpClient(),
                peer + ": answered 404 instead of 200: is this a peer port? PeerDiscovery.clientEndpoints takes client"
                        + " ports (2379); initial-cluster wants peer ports (2380)");
    }

    @Test
    void peersOfUnknownAuthority_arePointedToPeerClient() {
        for (PeerDiscovery discovery : new PeerDiscovery[] {
            PeerDiscovery.initialCluster("a=" + member(secured).peerUrl()),
            PeerDiscovery.clientEndpoints(member(secured).clientUrl())
        }) {
            assertPeersFail(
                    discovery,
                    new OkHttpClient(),
                    "give the client the cluster's CA",
                    "peers are reached with the client given to peerClient(…), not with the wrapped client");
        }
        assertPeersFail(
                PeerDiscovery.initialCluster("a=" + member(secured).peerUrl()),
                with(TLS.peers().handshakeWithoutCertificate()),
                "it requires a client certificate",
                "peers are reached with the client given to peerClient(…), not with the wrapped client");
    }

    @Test
    void peersWithWrongScheme_areAskedForTheOther() {
        assertPeersFail(
                PeerDiscovery.initialCluster(
                        "a=" + withScheme("http", member(secured).peerUrl())),
                new OkHttpClient(),
                ": is its URL https?");
        assertPeersFail(
                PeerDiscovery.clientEndpoints(withScheme("http", member(secured).clientUrl())),
                new OkHttpClient(),
                ": is its URL https?");
        assertPeersFail(
                PeerDiscovery.initialCluster(
                        "a=" + withScheme("https", member(plain).peerUrl())),
                with(TLS.peers().handshake()),
                "is its URL http?");
        assertPeersFail(
                PeerDiscovery.clientEndpoints(withScheme("https", member(plain).clientUrl())),
                with(TLS.clients().handshake()),
                "is its URL http?");
    }

    @Test
    void membersWithWrongScheme_areAskedForTheOther() throws Exception {
        assertMemberFails(withScheme("http", member(secured).clientUrl()), "is its URL https?");
        assertMemberFails(withScheme("https", member(plain).clientUrl()), "is its URL http?");
    }

    private static void assertMemberFails(String advertised, String hint) throws Exception {
        try (ScriptedCluster peers = new ScriptedCluster(0)) {
            peers.peerAnswers(request -> new MockResponse.Builder()
                    .body("[{\"id\":1,\"clientURLs\":[\"" + advertised + "\"]}]")
                    .build());
            try (EtcdProxy proxy =
                    peers.proxy().dialTimeout(Duration.ofSeconds(5)).start()) {
                OkHttpClient client = proxy.wrap(with(TLS.clients().handshake()));
                assertThat(body(client, get("/v2/keys/"), 502)).contains(hint);
                assertThat(proxy.status().endpoints().get(0).failure().orElseThrow())
                        .contains(hint);
                client.connectionPool().evictAll();
            }
        }
    }
}
