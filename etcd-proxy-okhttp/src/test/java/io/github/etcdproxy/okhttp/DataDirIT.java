package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.EtcdProxyProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stored peers, written and read by this library and by the original. */
class DataDirIT {
    private static final String NOBODY = "nobody=http://127.0.0.1:1";

    private static ProcessCluster cluster;

    @TempDir
    Path dataDir;

    @BeforeAll
    static void startCluster() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private EtcdProxy start(String initialCluster) {
        return EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.initialCluster(initialCluster))
                .dataDir(dataDir)
                .refreshInterval(Duration.ofSeconds(2))
                .start();
    }

    private EtcdProxyProcess startOriginal(String initialCluster) {
        return EtcdProxyProcess.start(
                EtcdBinary.forTest(),
                "on",
                List.of("--data-dir", dataDir.toString(), "--initial-cluster", initialCluster));
    }

    private static List<String> members() {
        return cluster.members().stream().map(EtcdProcess::clientUrl).sorted().toList();
    }

    private Path file() {
        return dataDir.resolve("proxy/cluster");
    }

    private void awaitFile() {
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> Files.exists(file()) && cluster.members().stream().allMatch(this::isRemembered));
    }

    private boolean isRemembered(EtcdProcess member) {
        try {
            return Files.readString(file()).contains("\"" + member.peerUrl() + "\"");
        } catch (IOException e) {
            return false;
        }
    }

    private void findsAllMembers(EtcdProxy proxy) throws Exception {
        proxy.awaitReady(Duration.ofSeconds(20));
        assertThat(Endpoints.of(proxy)).isEqualTo(members());
    }

    @Test
    void original_readsOurFile() throws Exception {
        try (EtcdProxy proxy = start(cluster.initialCluster())) {
            findsAllMembers(proxy);
            awaitFile();
        }
        try (EtcdProxyProcess original = startOriginal(NOBODY)) {
            await().atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThat(Endpoints.of(original)).isEqualTo(members()));
        }
    }

    @Test
    void originalsFile_isRead() throws Exception {
        try (EtcdProxyProcess original = startOriginal(cluster.initialCluster())) {
            await().atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThat(Endpoints.of(original)).isEqualTo(members()));
            awaitFile();
        }
        try (EtcdProxy proxy = start(NOBODY)) {
            findsAllMembers(proxy);
        }
    }

    @Test
    void storedPeers_areAskedBeforeTheSource() throws Exception {
        try (ProcessCluster other = ProcessCluster.start(EtcdBinary.forTest(), 1)) {
            try (EtcdProxy proxy = start(other.initialCluster())) {
                proxy.awaitReady(Duration.ofSeconds(20));
                await().atMost(20, TimeUnit.SECONDS).until(() -> Files.exists(file()));
            }
            try (EtcdProxy proxy = start(cluster.initialCluster())) {
                proxy.awaitReady(Duration.ofSeconds(20));
                assertThat(Endpoints.of(proxy))
                        .containsExactly(other.members().get(0).clientUrl());
            }
            other.members().get(0).kill();
            try (EtcdProxy proxy = start(cluster.initialCluster())) {
                findsAllMembers(proxy);
                awaitFile();
            }
        }
    }

    @Test
    void aCorruptFileCostsNothing() throws Exception {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "{\"PeerURLs\":[\"http://127.");
        try (EtcdProxy proxy = start(cluster.initialCluster())) {
            findsAllMembers(proxy);
            awaitFile();
        }
        assertThat(dataDir.resolve("proxy/cluster.corrupt")).hasContent("{\"PeerURLs\":[\"http://127.");
    }

    @Test
    void theDirectoryOfARealMemberIsRefused() throws Exception {
        try (ProcessCluster member = ProcessCluster.empty(EtcdBinary.forTest())) {
            EtcdProcess infra0 = member.prepare(
                    "infra0",
                    peerUrl -> List.of("--initial-cluster", "infra0=" + peerUrl, "--data-dir", dataDir.toString()));
            infra0.launch();
            assertThat(infra0.awaitListening()).isTrue();
            assertThatThrownBy(() -> start(cluster.initialCluster()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("data-dir: \"" + dataDir + "\" holds the data of a member");
        }
    }

    @Test
    void twoProxiesAndTheOriginal_shareADirectory() throws Exception {
        try (EtcdProxy one = start(cluster.initialCluster());
                EtcdProxy two = start(cluster.initialCluster());
                EtcdProxyProcess original = startOriginal(cluster.initialCluster())) {
            findsAllMembers(one);
            findsAllMembers(two);
            awaitFile();
            assertThat(Endpoints.of(original)).isEqualTo(members());
        }
        try (EtcdProxy proxy = start(NOBODY)) {
            findsAllMembers(proxy);
        }
    }
}
