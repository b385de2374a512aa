package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.DiscoveryException;
import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.discovery.JoinOutcome;
import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.TokenDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.options.EtcdFlags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that join by a token at a real etcd, and become real members or proxies. */
@Tag("once")
class JoinIT {
    private static final OkHttpClient PLAIN = new OkHttpClient();
    private static DiscoveryService service;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeAll
    static void startService() {
        service = DiscoveryService.start();
    }

    @AfterAll
    static void stopService() {
        if (service != null) {
            service.close();
        }
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private CompletableFuture<JoinOutcome> join(JoinRequest node) {
        CompletableFuture<JoinOutcome> outcome = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                outcome.complete(EtcdMembership.join(node, PLAIN));
            } catch (Exception e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    @Test
    void fiveNodes_threeMembersAndTwoProxies() throws Exception {
        service.createToken("five", "3");
        TokenDiscovery token = PeerDiscovery.token(service.directUrl() + DiscoveryService.path("five"));
        try (ProcessCluster cluster = ProcessCluster.empty(EtcdBinary.forTest())) {
            // Their flags are known only after they have joined; their ports before.
            List<List<String>> flags = new ArrayList<>();
            List<CompletableFuture<JoinOutcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                List<String> flagsOfOne = new ArrayList<>();
                flags.add(flagsOfOne);
                EtcdProcess node = cluster.prepare("infra" + i, peerUrl -> flagsOfOne);
                outcomes.add(join(JoinRequest.of(token, node.name(), node.peerUrl())));
            }
            List<PeerDiscovery> ofProxies = new ArrayList<>();
            List<EtcdProcess> members = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                JoinOutcome outcome = outcomes.get(i).get(30, TimeUnit.SECONDS);
                if (outcome instanceof JoinOutcome.Member member) {
                    flags.get(i).addAll(member.flags());
                    members.add(cluster.members().get(i));
                } else if (outcome instanceof JoinOutcome.Proxy proxy) {
                    ofProxies.add(proxy.discovery());
                }
            }
            assertThat(members).hasSize(3);
            members.forEach(EtcdProcess::launch);
            assertThat(members).allMatch(EtcdProcess::awaitListening);

            assertThat(ofProxies).hasSize(2).allSatisfy(discovery -> serves(discovery, members));
        }
    }

    @Test
    void etcdMembersAndOurs_shareAToken() throws Exception {
        service.createToken("mixed", "3");
        String url = service.directUrl() + DiscoveryService.path("mixed");
        try (ProcessCluster cluster = ProcessCluster.empty(EtcdBinary.forTest())) {
            cluster.prepare("infra0", peerUrl -> List.of("--discovery", url)).launch();
            cluster.prepare("infra1", peerUrl -> List.of("--discovery", url)).launch();
            List<String> flags = new ArrayList<>();
            EtcdProcess ours = cluster.prepare("infra2", peerUrl -> flags);
            JoinOutcome outcome = join(joining(
                            Map.of("ETCD_NAME", "infra2"),
                            "--discovery=" + url,
                            "--initial-advertise-peer-urls",
                            ours.peerUrl()))
                    .get(60, TimeUnit.SECONDS);
            assertThat(outcome).isInstanceOf(JoinOutcome.Member.class);
            flags.addAll(((JoinOutcome.Member) outcome).flags());
            ours.launch();

            assertThat(cluster.members()).allMatch(EtcdProcess::awaitListening);
            serves(PeerDiscovery.token(url), cluster.members());
            // Our node registered under the id that the real member computed.
            String registered = service.get(DiscoveryService.path("mixed"));
            String memberId = serverId(ours);
            assertThat(registered).contains("/mixed/" + memberId + "\"");
        }
    }

    private static String serverId(EtcdProcess member) throws Exception {
        Request list =
                new Request.Builder().url(member.clientUrl() + "/v2/members").build();
        String self = RealEtcd.body(PLAIN, list, 200);
        return List.of(self.split("\\{", -1)).stream()
                .filter(part -> part.contains("\"name\":\"" + member.name() + "\""))
                .map(part -> part.replaceAll("(?s).*\"id\":\"([0-9a-f]+)\".*", "$1"))
                .collect(Collectors.joining());
    }

    private static void serves(PeerDiscovery discovery, List<EtcdProcess> members) {
        try (EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(discovery)
                .start()) {
            proxy.awaitReady(Duration.ofSeconds(20));
            await().atMost(20, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThat(Endpoints.of(proxy))
                            .containsExactlyElementsOf(members.stream()
                                    .map(EtcdProcess::clientUrl)
                                    .sorted()
                                    .toList()));
            OkHttpClient client = proxy.wrap(PLAIN);
            RealEtcd.body(client, RealEtcd.post("/v2/keys/calls", "1"), 201);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "v3"})
    void joinAgain_keepsPlaceInFullCluster(String api) throws Exception {
        TokenDiscovery token;
        if (api.equals("v2")) {
            service.createToken("again", "1");
            token = PeerDiscovery.token(service.directUrl() + DiscoveryService.path("again"));
        } else {
            service.putV3("/_etcd/registry/again/_config/size", "1");
            token = PeerDiscovery.tokenV3("again", service.directUrl());
        }
        JoinRequest first = JoinRequest.of(token, "infra0", "http://127.0.0.1:1", "http://127.0.0.1:2");
        JoinOutcome once = EtcdMembership.join(first, PLAIN);
        JoinOutcome again = EtcdMembership.join(first, PLAIN);
        assertThat(once)
                .isEqualTo(again)
                .isInstanceOfSatisfying(
                        JoinOutcome.Member.class,
                        member -> assertThat(member.environment())
                                .containsEntry("ETCD_NAME", "infra0")
                                .containsEntry("ETCD_INITIAL_CLUSTER_STATE", "new")
                                .containsEntry(
                                        "ETCD_INITIAL_CLUSTER", "infra0=http://127.0.0.1:1,infra0=http://127.0.0.1:2"));

        JoinRequest sameUrls = JoinRequest.of(token, "other", "http://127.0.0.1:2", "http://127.0.0.1:1");
        assertThatThrownBy(() -> EtcdMembership.join(sameUrls, PLAIN))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(Problem.DUPLICATE_ID))
                .hasMessageContaining("has registered as infra0=http://127.0.0.1:1,infra0=http://127.0.0.1:2");

        JoinRequest late = JoinRequest.of(token, "infra9", "http://127.0.0.1:9");
        assertThat(EtcdMembership.join(late, PLAIN)).isInstanceOf(JoinOutcome.Proxy.class);
        assertThatThrownBy(() -> EtcdMembership.join(late.fallback(JoinRequest.Fallback.EXIT), PLAIN))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(Problem.FULL))
                .hasMessageContaining("the cluster is full: 1 of 1 members have registered");
    }

    @Test
    void lostRegistration_isMadeAgain() throws Exception {
        service.createToken("lost", "2");
        String path = DiscoveryService.path("lost");
        CompletableFuture<JoinOutcome> outcome =
                join(JoinRequest.of(PeerDiscovery.token(service.directUrl() + path), "infra0", "http://127.0.0.1:1"));
        await().atMost(20, TimeUnit.SECONDS).until(() -> service.get(path).contains("infra0"));
        String key = service.get(path).replaceAll("(?s).*\"key\":\"([^\"]+/lost/[0-9a-f]+)\".*", "$1");
        service.delete("/v2/keys" + key);
        await().atMost(20, TimeUnit.SECONDS).until(() -> service.get(path).contains("infra0"));
        service.put(path + "/b", "infra1=http://127.0.0.1:2");

        assertThat(outcome.get(20, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        JoinOutcome.Member.class,
                        member -> assertThat(member.initialCluster()).contains("infra0=http://127.0.0.1:1"));
    }

    @Test
    void unavailableService_isRetried() throws Exception {
        service.createToken("away", "2");
        String path = DiscoveryService.path("away");
        CompletableFuture<JoinOutcome> outcome =
                join(JoinRequest.of(PeerDiscovery.token(service.url() + path), "infra0", "http://127.0.0.1:1"));
        await().atMost(20, TimeUnit.SECONDS).until(() -> service.get(path).contains("infra0"));
        service.link().refuse();
        service.put(path + "/b", "infra1=http://127.0.0.1:2");
        await().pollDelay(3, TimeUnit.SECONDS).until(() -> !outcome.isDone()); // several attempts have failed
        service.link().heal();

        assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(JoinOutcome.Member.class);
    }

    @Test
    void waitingNode_interrupted_ends() throws Exception {
        service.createToken("alone", "2");
        TokenDiscovery token = PeerDiscovery.token(service.directUrl() + DiscoveryService.path("alone"));
        CompletableFuture<JoinOutcome> outcome = join(JoinRequest.of(token, "infra0", "http://127.0.0.1:1"));
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> service.get(DiscoveryService.path("alone")).contains("infra0"));
        assertThat(outcome).isNotDone();

        threads.shutdownNow();
        assertThatThrownBy(() -> outcome.get(5, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
    }

    private static JoinRequest joining(Map<String, String> environment, String... flags) {
        return EtcdFlags.read(environment, flags).joinRequest();
    }
}
