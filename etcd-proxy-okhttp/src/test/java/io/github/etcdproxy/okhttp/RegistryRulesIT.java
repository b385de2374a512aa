package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which responses of a real cluster are trusted. */
@Tag("once")
class RegistryRulesIT {
    private final OkHttpClient plain = new OkHttpClient();

    private static List<String> clientUrls(ProcessCluster cluster) {
        return cluster.members().stream().map(EtcdProcess::clientUrl).sorted().toList();
    }

    @Test
    void wildcardUrls_needClientUrlRule() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(
                EtcdBinary.forTest(),
                2,
                clientUrl -> "http://0.0.0.0:" + URI.create(clientUrl).getPort())) {
            try (EtcdProxy proxy = RealEtcd.proxy(cluster).start()) {
                await().atMost(20, TimeUnit.SECONDS)
                        .until(() -> proxy.status().refreshFailure().isPresent());
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ZERO))
                        .hasMessageContaining("no client URL can be used: http://0.0.0.0:")
                        .hasMessageContaining(
                                "start the member with an --advertise-client-urls that its clients can reach");
            }
            try (EtcdProxy proxy = RealEtcd.proxy(cluster)
                    .clientUrlRule(url -> Optional.of(new EtcdUrl(url.scheme(), "127.0.0.1", url.port())))
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(Endpoints.of(proxy)).isEqualTo(clientUrls(cluster));
                RealEtcd.body(proxy.wrap(plain), RealEtcd.put("/v2/keys/a", "1"), 201);
            }
            String first = clientUrls(cluster).get(0);
            try (EtcdProxy proxy = RealEtcd.proxy(cluster)
                    .clientUrlRule(url -> URI.create(first).getPort() == url.port()
                            ? Optional.of(EtcdUrl.of(first))
                            : Optional.empty())
                    .start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(Endpoints.of(proxy)).containsExactly(first);
            }
        }
    }

    @Test
    void allPeersDead_strictProxyKeepsItsCluster() throws Exception {
        try (ProcessCluster first = ProcessCluster.start(EtcdBinary.forTest(), 1);
                ProcessCluster second = ProcessCluster.start(EtcdBinary.forTest(), 1)) {
            List<String> catalogue =
                    new CopyOnWriteArrayList<>(List.of(first.members().get(0).peerUrl()));
            PeerDiscovery source = context -> Peers.of(List.of(EtcdUrl.of(catalogue.get(0))));
            try (EtcdProxy proxy = RealEtcd.proxy(first).discovery(source).start();
                    EtcdProxy strict = RealEtcd.proxy(first)
                            .discovery(source)
                            .strictClusterId(true)
                            .start()) {
                proxy.awaitReady(Duration.ofSeconds(20));
                strict.awaitReady(Duration.ofSeconds(20));
                String idOfFirst = strict.status().clusterId();

                catalogue.set(0, second.members().get(0).peerUrl());
                first.members().get(0).kill();
                await().atMost(60, TimeUnit.SECONDS)
                        .untilAsserted(() -> assertThat(Endpoints.of(proxy)).isEqualTo(clientUrls(second)));
                RealEtcd.body(proxy.wrap(plain), RealEtcd.put("/v2/keys/a", "1"), 201);
                await().atMost(20, TimeUnit.SECONDS)
                        .until(() -> strict.status().refreshFailure().orElse("").contains("strictClusterId is set"));
                assertThat(strict.status().clusterId()).isEqualTo(idOfFirst);
                assertThat(strict.status().endpoints())
                        .extracting(endpoint -> endpoint.url().toString())
                        .isEqualTo(clientUrls(first));
            }
        }
    }
}
