package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.examples.cluster.ClusterTls;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.registry.NotReadyException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real cluster whose ports are all TLS, with one private authority for clients and another for peers. */
@Tag("once")
class TlsIT {
    private static final ClusterTls TLS = ClusterTls.create();
    private static ProcessCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 3, TLS);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static OkHttpClient with(HandshakeCertificates handshake) {
        return with(handshake, upTo(Protocol.HTTP_2));
    }

    private static OkHttpClient with(HandshakeCertificates handshake, List<Protocol> protocols) {
        return RealEtcd.client()
                .protocols(protocols)
                .sslSocketFactory(handshake.sslSocketFactory(), handshake.trustManager())
                .build();
    }

    private static List<Protocol> upTo(Protocol newest) {
        return newest == Protocol.HTTP_2 ? List.of(newest, Protocol.HTTP_1_1) : List.of(newest);
    }

    private static OkHttpClient forPeers() {
        return with(TLS.peers().handshake()); // without a word about HTTP/1.1, which the proxy knows to be needed
    }

    private static EtcdProxy.Builder proxy() {
        return RealEtcd.proxy(cluster).peerClient(forPeers());
    }

    private static EtcdProcess pinned(EtcdProxy proxy) {
        return (EtcdProcess)
                cluster.memberAt(proxy.status().endpoints().get(0).url().toString());
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void calls_overTls_surviveMemberFailure(Protocol protocol) throws Exception {
        try (EtcdProxy proxy = proxy().start()) {
            OkHttpClient client = proxy.wrap(with(TLS.clients().handshake(), upTo(protocol)));
            try {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(proxy.status().endpoints())
                        .hasSize(3)
                        .allMatch(e -> e.url().scheme().equals("https"));
                body(client, put("/v2/keys/tls-" + protocol, "1"), 201);
                try (Response response = client.newCall(get("/v2/keys/tls-" + protocol + "?quorum=true"))
                        .execute()) {
                    assertThat(response.protocol()).isEqualTo(protocol);
                    assertThat(response.request().url())
                            .hasToString(RealEtcd.LISTEN + "/v2/keys/tls-" + protocol + "?quorum=true");
                }
                EtcdProcess victim = pinned(proxy);
                victim.kill();
                assertThat(body(client, get("/v2/keys/tls-" + protocol), 200)).contains("\"value\":\"1\"");
                victim.restart();
            } finally {
                client.connectionPool().evictAll();
            }
        }
    }

    @Test
    void watch_overTls_resumes() throws Exception {
        try (EtcdProxy proxy = proxy().start()) {
            OkHttpClient client = proxy.wrap(with(TLS.clients().handshake()));
            proxy.awaitReady(Duration.ofSeconds(20));
            try (Response watch = client.newCall(get("/v2/keys/watched?wait=true&stream=true"))
                    .execute()) {
                BufferedSource events = watch.body().source();
                body(client, put("/v2/keys/watched", "1"), 201);
                assertThat(events.readUtf8Line()).contains("\"value\":\"1\"");
                EtcdProcess victim = pinned(proxy);
                victim.freeze();
                try (EtcdProxy another = proxy().start()) {
                    OkHttpClient writer = another.wrap(with(TLS.clients().handshake()));
                    await().ignoreExceptionsInstanceOf(IOException.class)
                            .untilAsserted(() -> body(writer, put("/v2/keys/watched", "2"), 200));
                    assertThat(events.readUtf8Line()).contains("\"value\":\"2\"");
                    writer.connectionPool().evictAll();
                } finally {
                    victim.thaw();
                }
            }
            client.connectionPool().evictAll();
        }
    }

    @Test
    void httpsListenUrl_isServedByHttpsMembers() throws Exception {
        try (EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls("https://etcd.invalid:2379")
                .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                .peerClient(forPeers())
                .start()) {
            OkHttpClient client = proxy.wrap(with(TLS.clients().handshake()));
            assertThat(body(
                            client,
                            get("/v2/keys/")
                                    .newBuilder()
                                    .url("https://etcd.invalid:2379/version")
                                    .build(),
                            200))
                    .contains("etcdserver");
            client.connectionPool().evictAll();
        }
    }

    @Test
    void unverifiableMember_isExplained() throws Exception {
        HandshakeCertificates platform = new HandshakeCertificates.Builder()
                .addPlatformTrustedCertificates()
                .build();
        assertReadFails(
                with(platform), "is signed by no authority that the client trusts: give the client the cluster's CA");
        assertReadFails(with(TLS.peers().handshake()), "is signed by no authority that the client trusts");
        assertReadFails(
                with(TLS.clients().handshake())
                        .newBuilder()
                        .hostnameVerifier((host, session) -> false)
                        .build(),
                "is not valid for 127.0.0.1: let the member advertise a URL with a name that the certificate has");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void missingClientCertificate_isExplainedAndNotApplied(Protocol protocol) throws Exception {
        OkHttpClient withoutCertificate = with(TLS.clients().handshakeWithoutCertificate(), upTo(protocol));
        try (EtcdProxy proxy = proxy().start()) {
            OkHttpClient client = proxy.wrap(withoutCertificate);
            proxy.awaitReady(Duration.ofSeconds(20));
            assertThat(body(client, put("/v2/keys/never", "1"), 502))
                    .contains(
                            "\"outcome\":\"not-applied\"",
                            "it requires a client certificate and accepted none",
                            cluster.members().get(0).clientUrl(),
                            cluster.members().get(1).clientUrl(),
                            cluster.members().get(2).clientUrl());
            client.connectionPool().evictAll();
        }
    }

    private static void assertReadFails(OkHttpClient plain, String reason) throws Exception {
        try (EtcdProxy proxy = proxy().start()) {
            OkHttpClient client = proxy.wrap(plain);
            proxy.awaitReady(Duration.ofSeconds(20));
            assertThat(body(client, get("/v2/keys/"), 502))
                    .contains(reason, cluster.members().get(0).clientUrl(), "\"phase\":\"connect\"");
            client.connectionPool().evictAll();
        }
    }

    @Test
    void peerRefusesCertificate_isExplained() {
        try (EtcdProxy proxy = RealEtcd.proxy(cluster)
                .peerClient(with(TLS.clients().handshake()))
                .start()) {
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ofMillis(1500)))
                    .isInstanceOf(NotReadyException.class)
                    .hasMessageContaining(cluster.members().get(0).peerUrl())
                    .hasMessageContaining(
                            "signed by no authority that the client trusts: give the client the cluster's CA");
        }
        try (EtcdProxy proxy = RealEtcd.proxy(cluster)
                .peerClient(with(TLS.peers().handshakeWithoutCertificate()))
                .start()) {
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ofMillis(1500)))
                    .isInstanceOf(NotReadyException.class)
                    .hasMessageContaining("it requires a client certificate");
        }
        String plain = cluster.initialCluster().replace("https://", "http://");
        try (EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.initialCluster(plain))
                .start()) {
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ofMillis(1500)))
                    .isInstanceOf(NotReadyException.class)
                    .hasMessageContaining(cluster.members().get(0).peerUrl().replace("https://", "http://")
                            + ": unexpected end of stream")
                    .hasMessageContaining(": is its URL https?");
        }
    }

    @Test
    void httpsMembersAreNeverTakenForHttp() throws Exception {
        Map<String, String> down = new ConcurrentHashMap<>();
        try (EtcdProxy proxy = proxy().clientUrlRule(
                        url -> Optional.of(EtcdUrl.of(url.toString().replace("https:", "http:"))))
                .listener(new EtcdProxyListener() {
                    @Override
                    public void refreshFailed(FailedRefresh event) {
                        down.put("refresh", event.reason());
                    }
                })
                .start()) {
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ofMillis(1500))).isInstanceOf(NotReadyException.class);
            assertThat(down.get("refresh"))
                    .contains("is plain http, but the peer https://", "start the member with https");
        }
    }
}
