package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.DiscoveryException;
import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.EtcdProxyProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.okhttp.internal.peer.OkHttpPeerTransport;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Discovery tokens of both APIs, kept by a real etcd, for clusters of real etcd. */
@Tag("once")
class TokenDiscoveryIT {
    private static DiscoveryService service;

    private final TaskRunner tasks = TaskRunner.start();
    private final PeerTransport transport = OkHttpPeerTransport.toPeers(new OkHttpClient(), tasks);
    private String token;

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

    @BeforeEach
    void nameToken(TestInfo test) {
        token = test.getTestMethod().orElseThrow().getName() + "-" + System.nanoTime();
    }

    @AfterEach
    void stopTransport() {
        transport.close();
        tasks.close();
    }

    private String tokenUrl() {
        return service.url() + DiscoveryService.path(token);
    }

    private PeerDiscovery source(String api) {
        return api.equals("v2") ? PeerDiscovery.token(tokenUrl()) : PeerDiscovery.tokenV3(token, service.url());
    }

    private void createToken(String api, String size) throws IOException {
        if (api.equals("v2")) {
            service.createToken(token, size);
        } else {
            service.putV3("/_etcd/registry/" + token + "/_config/size", size);
        }
    }

    private void register(String api, String id, String value) throws IOException {
        if (api.equals("v2")) {
            service.put(DiscoveryService.path(token) + "/" + id, value);
        } else {
            service.putV3("/_etcd/registry/" + token + "/members/" + id, value);
        }
    }

    private void unregister(String api, String id) throws IOException {
        if (api.equals("v2")) {
            service.delete(DiscoveryService.path(token) + "/" + id);
        } else {
            String key = DiscoveryService.base64("/_etcd/registry/" + token + "/members/" + id);
            service.v3("/v3/kv/deleterange", "{\"key\":\"" + key + "\"}");
        }
    }

    private Peers discover(PeerDiscovery source) throws Exception {
        return source.discover(DiscoveryContext.of(transport));
    }

    /** A running lookup and what it waits for. */
    private static final class Lookup {
        final Map<String, Boolean> waits = new ConcurrentHashMap<>();
        final CompletableFuture<Peers> result = new CompletableFuture<>();

        void awaitSaying(String what) {
            await().atMost(20, TimeUnit.SECONDS)
                    .until(() -> waits.keySet().stream().anyMatch(said -> said.contains(what)));
        }

        List<String> urls() throws Exception {
            return result.get(20, TimeUnit.SECONDS).urls().stream()
                    .map(EtcdUrl::toString)
                    .toList();
        }
    }

    private Lookup begin(PeerDiscovery source) {
        Lookup lookup = new Lookup();
        DiscoveryContext context = DiscoveryContext.of(transport, new Random(), what -> lookup.waits.put(what, true));
        boolean unused = tasks.execute(() -> {
            try {
                lookup.result.complete(source.discover(context));
            } catch (Exception e) {
                lookup.result.completeExceptionally(e);
            }
        });
        return lookup;
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "v3"})
    void firstRegistrations_areTheCluster(String api) throws Exception {
        createToken(api, "2");
        register(api, "b", "infra1=http://127.0.0.1:2");
        register(api, "a", "infra0=http://127.0.0.1:1,infra0=http://127.0.0.1:11");
        register(api, "c", "infra2=http://127.0.0.1:3");

        assertThat(discover(source(api)))
                .isEqualTo(Peers.of(
                        EtcdUrl.parseList("test", "http://127.0.0.1:2", "http://127.0.0.1:1", "http://127.0.0.1:11")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "v3"})
    void waiting_makesOneRequestPerEvent(String api) throws Exception {
        createToken(api, "3");
        int before = service.link().connections();
        Lookup lookup = begin(source(api));
        lookup.awaitSaying("0 of 3 members have registered");
        register(api, "a", "infra0=http://127.0.0.1:1");
        lookup.awaitSaying("1 of 3 members have registered (infra0)");
        register(api, "b", "infra1=http://127.0.0.1:2");
        lookup.awaitSaying("2 of 3 members have registered (infra0, infra1)");
        unregister(api, "a");
        lookup.awaitSaying("1 of 3 members have registered (infra1)");
        register(api, "a", "infra0=http://127.0.0.1:9");
        lookup.awaitSaying("2 of 3 members have registered (infra1, infra0)");
        assertThat(lookup.result).isNotDone();
        register(api, "c", "infra2=http://127.0.0.1:3");

        assertThat(lookup.urls()).containsExactly("http://127.0.0.1:2", "http://127.0.0.1:9", "http://127.0.0.1:3");
        int ofTheStart = 2; // the size, and who has registered
        assertThat(service.link().connections() - before).isLessThanOrEqualTo(ofTheStart + 5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "v3"})
    void aWaitThatIsCutGoesOn(String api) throws Exception {
        createToken(api, "2");
        Lookup lookup = begin(source(api));
        lookup.awaitSaying("0 of 2");
        service.link().cut();
        register(api, "a", "infra0=http://127.0.0.1:1");
        lookup.awaitSaying("1 of 2");
        service.link().cut();
        register(api, "b", "infra1=http://127.0.0.1:2");

        assertThat(lookup.urls()).containsExactly("http://127.0.0.1:1", "http://127.0.0.1:2");
    }

    @Test
    void aWaitWhoseHistoryIsClearedGoesOn() throws Exception {
        createToken("v2", "2");
        Lookup lookup = begin(source("v2"));
        lookup.awaitSaying("0 of 2");
        service.link().stall(); // the first event is held back, while more happen than the thousand that etcd keeps
        register("v2", "a", "infra0=http://127.0.0.1:1");
        register("v2", "b", "infra1=http://127.0.0.1:2");
        for (int i = 0; i < 1010; i++) {
            service.put(DiscoveryService.path("other") + "/" + token + i, "x");
        }
        service.link().heal();

        assertThat(lookup.urls()).containsExactly("http://127.0.0.1:1", "http://127.0.0.1:2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "v2|''|''|BAD_SIZE|the token's size is \"\"",
                "v2|0|''|BAD_SIZE|the token's size is \"0\": write the number of members to _config/size",
                "v2|three|''|BAD_SIZE|the token's size is \"three\"",
                "v3|-1|''|BAD_SIZE|the token's size is \"-1\"",
                "v2|1|10.0.1.10|BAD_VALUE|can't be read: \"10.0.1.10\" has no \"=\"",
                "v2|1|infra0=10.0.1.10|BAD_VALUE|can't be read: infra0: \"10.0.1.10\": write scheme://host:port",
                "v2|2|infra0=http://127.0.0.1:1 infra0=http://127.0.0.1:2|DUPLICATE_NAME|2 members have registered with 1",
                "v3|2|infra0=http://127.0.0.1:1 infra0=http://127.0.0.1:2|DUPLICATE_NAME|with a --name of its own",
            })
    void unusableToken_hasItsProblem(String api, String size, String values, Problem problem, String message)
            throws Exception {
        createToken(api, size);
        int id = 0;
        for (String value : values.isEmpty() ? List.<String>of() : List.of(values.split(" ", -1))) {
            register(api, "m" + id++, value);
        }
        assertThatThrownBy(() -> discover(source(api)))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(problem))
                .hasMessageContaining(token)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "v3"})
    void unknownToken_hasNoSize(String api) {
        assertThatThrownBy(() -> discover(source(api)))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(Problem.SIZE_NOT_FOUND))
                .hasMessageContaining("the token has no size: create it");
    }

    @Test
    void theServiceIsReachedThroughItsHttpProxy() throws Exception {
        createToken("v2", "1");
        register("v2", "a", "infra0=http://127.0.0.1:1");
        try (HttpProxyServer proxy = HttpProxyServer.start()) {
            PeerDiscovery source = PeerDiscovery.token(tokenUrl()).through(proxy.url());
            assertThat(discover(source).urls()).hasSize(1);
            assertThat(proxy.requests()).isEqualTo(2);
        }
    }

    @Test
    void ofSeveralEndpointsOneThatAnswersSuffices() throws Exception {
        createToken("v3", "1");
        register("v3", "a", "infra0=http://127.0.0.1:1");
        PeerDiscovery source = PeerDiscovery.tokenV3(token, "http://127.0.0.1:1," + service.url());
        assertThat(discover(source).urls()).hasSize(1);
    }

    /** When the proxy starts, only the token exists. */
    @Test
    void waitingProxy_isReadyWithFirstMember() throws Exception {
        service.createToken(token, "3");
        Map<Integer, Long> knownAt = new ConcurrentHashMap<>();
        EtcdProxyListener listener = new EtcdProxyListener() {
            @Override
            public void membersChanged(ChangedMembers event) {
                IntStream.rangeClosed(1, event.clientUrls().size())
                        .forEach(n -> knownAt.putIfAbsent(n, System.nanoTime()));
            }
        };
        String directToken = service.directUrl() + DiscoveryService.path(token);
        int before = service.link().connections();
        try (EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(RealEtcd.LISTEN)
                        .discovery(PeerDiscovery.token(tokenUrl()))
                        .listener(listener)
                        .start();
                ProcessCluster members = DiscoveryService.membersOf(directToken, 3)) {
            await().atMost(20, TimeUnit.SECONDS)
                    .until(() -> proxy.status().problem().orElse("").contains("0 of 3 members have registered"));
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ZERO)).hasMessageContaining("waiting: discovery token ");

            members.members().forEach(EtcdProcess::launch);
            Map<Integer, Long> publishedAt = awaitPublication(members);
            proxy.awaitReady(Duration.ofSeconds(20));
            await().atMost(20, TimeUnit.SECONDS).until(() -> knownAt.containsKey(3));

            long readyMillis = millis(publishedAt, knownAt, 1);
            long allMillis = millis(publishedAt, knownAt, 3);
            int requests = service.link().connections() - before;
            System.out.println("ready " + readyMillis + " ms after the first member's publishing, all known "
                    + allMillis + " ms after the last's, " + requests + " requests to the discovery service");
            assertThat(readyMillis).isLessThan(1000);
            assertThat(allMillis).isLessThan(2000);
            assertThat(requests).isLessThanOrEqualTo(2 + 3);

            OkHttpClient client = proxy.wrap(RealEtcd.client().build());
            RealEtcd.body(client, RealEtcd.put("/v2/keys/a", "1"), 201);
            client.connectionPool().evictAll();
            compareWithTheOriginal(proxy, List.of("--discovery", directToken));
        }
    }

    private static long millis(Map<Integer, Long> from, Map<Integer, Long> to, int members) {
        return TimeUnit.NANOSECONDS.toMillis(
                Objects.requireNonNull(to.get(members)) - Objects.requireNonNull(from.get(members)));
    }

    /** When one, two and three members had published their client URLs, as any of them knows. */
    private static Map<Integer, Long> awaitPublication(ProcessCluster members) {
        Map<Integer, Long> at = new ConcurrentHashMap<>();
        OkHttpClient client =
                new OkHttpClient.Builder().callTimeout(Duration.ofMillis(500)).build();
        await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(20)).until(() -> {
            for (EtcdProcess member : members.members()) {
                assertThat(member.hasDied()).as(member::lastOutput).isFalse();
                Request request =
                        new Request.Builder().url(member.peerUrl() + "/members").build();
                try {
                    int published = RealEtcd.body(client, request, 200).split("clientURLs", -1).length - 1;
                    IntStream.rangeClosed(1, published).forEach(n -> at.putIfAbsent(n, System.nanoTime()));
                } catch (IOException e) {
                    // It does not listen yet.
                }
            }
            return at.containsKey(3);
        });
        client.connectionPool().evictAll();
        return at;
    }

    private static void compareWithTheOriginal(EtcdProxy proxy, List<String> flags) throws IOException {
        try (EtcdProxyProcess original = EtcdProxyProcess.start(EtcdBinary.forTest(), "on", flags)) {
            assertThat(Endpoints.of(original)).containsExactlyElementsOf(Endpoints.of(proxy));
        }
    }
}
