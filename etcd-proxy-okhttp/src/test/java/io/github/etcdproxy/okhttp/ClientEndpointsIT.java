package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications that can reach client ports only. */
class ClientEndpointsIT {

    private static EtcdProxy.Builder proxy(String... clientUrls) {
        return EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.clientEndpoints(clientUrls))
                .refreshInterval(Duration.ofSeconds(1));
    }

    private static List<String> clientUrls(ProcessCluster cluster) {
        return cluster.members().stream().map(EtcdProcess::clientUrl).sorted().toList();
    }

    /** A member that serves only one of the APIs, as releases differ; a real member provides the responses. */
    private static MockWebServer serving(String api, EtcdProcess member) throws Exception {
        MockWebServer server = new MockWebServer();
        OkHttpClient client = new OkHttpClient();
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                if (!request.getTarget().startsWith(api)) {
                    return new MockResponse.Builder().code(404).build();
                }
                // The gateway's paths differ between releases; their responses don't.
                String path = request.getTarget().replaceFirst("^/v3(beta|alpha)", "/v3");
                Request.Builder forwarded = new Request.Builder().url(member.clientUrl() + path);
                if (request.getMethod().equals("POST") && request.getBody() != null) {
                    forwarded.post(RequestBody.create(request.getBody(), RealEtcd.JSON));
                }
                return HttpProxyServer.relay(client, forwarded.build());
            }
        });
        server.start();
        return server;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v3/", "/v2/", "/v3beta/", "/v3alpha/"})
    void members_areFoundByAnyServedApi(String api) throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                MockWebServer old = serving(api, cluster.members().get(0));
                EtcdProxy proxy = proxy("http://127.0.0.1:" + old.getPort()).start()) {
            proxy.awaitReady(Duration.ofSeconds(20));
            assertThat(Endpoints.of(proxy)).isEqualTo(clientUrls(cluster));
            String id = proxy.status().clusterId();
            try (EtcdProxy byPeers = RealEtcd.proxy(cluster).start()) {
                byPeers.awaitReady(Duration.ofSeconds(20));
                assertThat(id).isNotEmpty().isEqualTo(byPeers.status().clusterId());
            }
        }
    }

    @Test
    void membersThatComeAndGoAreFollowed(@TempDir Path dataDir) throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
                EtcdProxy proxy = proxy(
                                "http://127.0.0.1:1", clientUrls(cluster).get(0))
                        .dataDir(dataDir)
                        .start()) {
            proxy.awaitReady(Duration.ofSeconds(20));
            assertThat(Endpoints.of(proxy)).isEqualTo(clientUrls(cluster));

            cluster.addMember();
            await().atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThat(Endpoints.of(proxy)).isEqualTo(clientUrls(cluster)));
            // The configured member is removed: the others have been discovered.
            cluster.removeMember(
                    (EtcdProcess) cluster.memberAt(clientUrls(cluster).get(0)));
            await().atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThat(Endpoints.of(proxy)).isEqualTo(clientUrls(cluster)));
            // A read, since the one that was removed may have been the leader, without which etcd fails writes for a
            // while.
            RealEtcd.body(proxy.wrap(new OkHttpClient()), RealEtcd.get("/version"), 200);
            assertThat(Files.exists(dataDir.resolve("proxy"))).isFalse(); // client URLs are not stored
        }
    }

    @Test
    void serverThatIsNotEtcd_isReported() throws Exception {
        try (MockWebServer other = new MockWebServer()) {
            other.setDispatcher(new Dispatcher() {
                @Override
                public MockResponse dispatch(RecordedRequest request) {
                    return new MockResponse.Builder().code(404).build();
                }
            });
            other.start();
            try (EtcdProxy proxy = proxy("http://127.0.0.1:" + other.getPort()).start()) {
                await().atMost(20, TimeUnit.SECONDS)
                        .until(() -> proxy.status().refreshFailure().isPresent());
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ZERO))
                        .hasMessageContaining("peers from client endpoints http://127.0.0.1:" + other.getPort())
                        .hasMessageContaining("answered 404 instead of 200");
            }
        }
    }
}
