package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.EtcdProxyProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same command lines for the original and this library, on one real cluster. */
class FlagsIT {
    private static DiscoveryService service;
    private static String token;
    private static ProcessCluster cluster;

    @TempDir
    Path dataDir;

    @BeforeAll
    static void startCluster() throws Exception {
        List<String> output = List.of();
        service = DiscoveryService.start();
        for (int tries = 1; tries <= 3; tries++) {
            token = "flags" + tries;
            service.createToken(token, "3");
            cluster = DiscoveryService.membersOf(tokenUrl(), 3);
            if (cluster.launch()) {
                return;
            }
            output = cluster.members().stream().map(EtcdProcess::lastOutput).toList();
            cluster.close();
        }
        fail("etcd finds no cluster by a token: " + output);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
        if (service != null) {
            service.close();
        }
    }

    private static String tokenUrl() {
        return service.directUrl() + DiscoveryService.path(token);
    }

    private static List<String> members() {
        return cluster.members().stream().map(EtcdProcess::clientUrl).sorted().toList();
    }

    /** Starts both with the same flags, as arguments or variables, and compares their endpoints. */
    private static void findTheSame(List<String> flags) throws Exception {
        try (EtcdProxyProcess original = EtcdProxyProcess.start(EtcdBinary.forTest(), "on", flags)) {
            List<String> all = new ArrayList<>(List.of("--proxy", "on", "--listen-client-urls", RealEtcd.LISTEN));
            all.addAll(flags);
            try (EtcdProxy ours =
                    EtcdProxy.builderFromFlags(all.toArray(String[]::new)).start()) {
                bothFindAll(original, ours);
            }
            Map<String, String> environment = new HashMap<>();
            for (int i = 0; i < all.size(); i += 2) {
                String flag = all.get(i).replaceFirst("^--?", "");
                environment.put("ETCD_" + flag.toUpperCase(Locale.ROOT).replace('-', '_'), all.get(i + 1));
            }
            try (EtcdProxy ours = EtcdProxy.builderFromEnvironment(environment).start()) {
                bothFindAll(original, ours);
            }
        }
    }

    private static void bothFindAll(EtcdProxyProcess original, EtcdProxy ours) throws Exception {
        ours.awaitReady(Duration.ofSeconds(20));
        await().atMost(40, TimeUnit.SECONDS).untilAsserted(() -> {
            assertThat(Endpoints.of(original)).isEqualTo(members());
            assertThat(Endpoints.of(ours)).isEqualTo(members());
        });
    }

    @Test
    void byAnInitialCluster() throws Exception {
        findTheSame(List.of("--initial-cluster", cluster.initialCluster(), "--proxy-refresh-interval", "1000"));
    }

    @Test
    void byADiscoveryToken() throws Exception {
        findTheSame(List.of("--discovery", tokenUrl(), "-proxy-refresh-interval", "1000"));
    }

    @Test
    void byWhatIsRememberedInADataDirectory() throws Exception {
        findTheSame(List.of(
                "--data-dir",
                dataDir.toString(),
                "--initial-cluster",
                cluster.initialCluster(),
                "-proxy-refresh-interval",
                "1000"));
        findTheSame(List.of("--data-dir", dataDir.toString(), "--initial-cluster", "nobody=http://127.0.0.1:1"));
    }

    @Test
    void readonlyRefusesWritesInBoth() throws Exception {
        List<String> flags = List.of("--initial-cluster", cluster.initialCluster());
        OkHttpClient plain = new OkHttpClient();
        try (EtcdProxyProcess original = EtcdProxyProcess.start(EtcdBinary.forTest(), "readonly", flags);
                EtcdProxy ours = EtcdProxy.builderFromFlags(
                                "--proxy=readonly",
                                "--listen-client-urls=" + RealEtcd.LISTEN,
                                "--initial-cluster=" + cluster.initialCluster())
                        .start()) {
            Request put = RealEtcd.put("/v2/keys/a", "1");
            RealEtcd.body(ours.wrap(plain), put, 501);
            RealEtcd.body(
                    plain, put.newBuilder().url(original.url() + "/v2/keys/a").build(), 501);
        }
        plain.connectionPool().evictAll();
    }
}
