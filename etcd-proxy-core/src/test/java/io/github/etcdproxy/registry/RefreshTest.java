package io.github.etcdproxy.registry;

import static io.github.etcdproxy.registry.ScriptedPeers.A;
import static io.github.etcdproxy.registry.ScriptedPeers.B;
import static io.github.etcdproxy.registry.ScriptedPeers.C;
import static io.github.etcdproxy.registry.ScriptedPeers.SECOND;
import static io.github.etcdproxy.registry.ScriptedPeers.members;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.DiscoveredPeers;
import io.github.etcdproxy.event.DownMember;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.event.RecoveredMember;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The refresh of the members: when it comes, and what it changes. All runs on this thread, by a clock that the test
 * moves.
 */
class RefreshTest {
    private final ScriptedPeers peers = new ScriptedPeers();
    private final VirtualTime time = peers.time;

    @Test
    void firstRefresh_publishesAllClientUrls() throws Exception {
        ClientUrlRegistry registry = peers.start();

        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, B, C);
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.ready().toCompletableFuture()).isCompletedWithValueMatching(ProxyStatus::isReady);
        registry.awaitReady(Duration.ZERO);
        assertThat(peers.asked).containsExactly("http://x:2380/members");
    }

    @Test
    void refresh_asksPeersThatMembersReported() {
        peers.start();
        time.advance(Duration.ofSeconds(33));

        assertThat(peers.asked).containsExactly("http://x:2380/members", "http://a:2380/members");
    }

    @Test
    void refresh_everyInterval_isSpreadByATenth() {
        peers.start();
        time.advance(Duration.ofMinutes(5));

        assertThat(peers.refreshes() - 1).isBetween(9L, 11L);
    }

    @Test
    void refresh_withoutKnownUrl_comesEverySecond() {
        peers.dead.addAll(List.of("x:2380", "a:2380"));
        ClientUrlRegistry registry = peers.start();
        time.advance(Duration.ofSeconds(10));
        assertThat(peers.refreshes()).isEqualTo(2 * 11);

        peers.dead.clear();
        time.advance(SECOND);
        assertThat(registry.snapshot().urls()).hasSize(3);
        peers.asked.clear();
        time.advance(Duration.ofSeconds(26));
        assertThat(peers.asked).isEmpty();
    }

    @Test
    void badRefresh_keepsLastGoodList() {
        ClientUrlRegistry registry = peers.start();
        List<EtcdUrl> good = registry.snapshot().urls();

        for (String bad :
                List.of("[]", "<html>", "[{\"id\":1}]", "[{\"id\":1,\"clientURLs\":[\"http://0.0.0.0:1\"]}]")) {
            peers.members = bad;
            time.advance(Duration.ofSeconds(34));
            assertThat(registry.snapshot().urls()).isEqualTo(good);
            assertThat(registry.snapshot().available()).isEqualTo(good);
            assertThat(registry.status().refreshFailure()).isPresent();
        }
        peers.status = 500;
        time.advance(Duration.ofSeconds(34));
        peers.dead.addAll(List.of("x:2380", "a:2380", "b:2380", "c:2380"));
        time.advance(Duration.ofHours(2));
        assertThat(registry.snapshot().urls()).isEqualTo(good);

        peers.dead.clear();
        peers.status = 200;
        peers.members = members("d");
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));
        assertThat(registry.status().refreshFailure()).isEmpty();
        assertThat(registry.status().sinceRefresh())
                .hasValueSatisfying(since -> assertThat(since).isLessThan(Duration.ofSeconds(34)));
    }

    @Test
    void clientUrlRule_thatThrows_keepsLastGoodList() {
        AtomicInteger calls = new AtomicInteger();
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .discovery(PeerDiscovery.initialCluster("a=http://a:2380"))
                .clientUrlRule(url -> {
                    if (calls.incrementAndGet() > 3) {
                        throw new AssertionError("no longer");
                    }
                    return Optional.of(url);
                })
                .build();
        ClientUrlRegistry registry = ClientUrlRegistry.start(options, peers::send, time.tasks());
        time.advance(Duration.ofSeconds(40));

        assertThat(calls.get()).isGreaterThan(3);
        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, B, C); // the last good ones
        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(why -> assertThat(why).contains("the client URL rule threw"));
    }

    @Test
    void memberWithoutUrls_isAskedForSoon() {
        peers.members =
                "[{\"id\":1,\"peerURLs\":[\"http://d:2380\"]}," + members("a").substring(1);
        ClientUrlRegistry registry = peers.start();
        assertThat(registry.snapshot().urls()).containsExactly(A);

        time.advance(Duration.ofMillis(1100));
        assertThat(peers.refreshes()).isEqualTo(2);
        peers.members = members("a", "d");
        time.advance(Duration.ofMillis(2200));
        assertThat(peers.refreshes()).isEqualTo(3);
        assertThat(registry.snapshot().urls()).hasSize(2);
        time.advance(Duration.ofSeconds(26));
        assertThat(peers.refreshes()).isEqualTo(3);
    }

    @Test
    void refresh_shufflesMembers() {
        ClientUrlRegistry registry = peers.start();
        Set<EtcdUrl> first = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            first.add(registry.snapshot().urls().get(0));
            time.advance(Duration.ofSeconds(34));
        }
        assertThat(first).containsExactlyInAnyOrder(A, B, C);
    }

    @Test
    void failure_pullsRefreshForward_atMostEverySecond() {
        ClientUrlRegistry registry = peers.start();
        time.advance(Duration.ofSeconds(10));
        registry.health().failed(A, "refused", peers.probe);
        registry.health().failed(B, "refused", peers.probe);
        time.advance(Duration.ZERO);
        assertThat(peers.refreshes()).isEqualTo(2);

        for (int i = 0; i < 50; i++) {
            registry.health().failed(A, "refused", peers.probe);
            time.advance(Duration.ofMillis(100));
        }
        assertThat(peers.refreshes()).isBetween(6L, 7L);
    }

    @Test
    void failureDuringRefresh_bringsAnother() {
        ClientUrlRegistry registry = peers.start();
        peers.duringMembers = () -> registry.health().failed(B, "refused", peers.probe);
        time.advance(Duration.ofSeconds(33));
        peers.duringMembers = () -> {};
        long before = peers.refreshes();
        time.advance(SECOND);

        assertThat(peers.refreshes()).isEqualTo(before + 1);
    }

    @Test
    void refresh_isNeverRunTwiceAtOnce() {
        ClientUrlRegistry registry = peers.start();
        AtomicInteger depth = new AtomicInteger();
        peers.duringMembers = () -> {
            assertThat(depth.incrementAndGet()).isEqualTo(1);
            registry.health().failed(B, "refused", peers.probe);
            time.advance(Duration.ofMinutes(1));
            depth.decrementAndGet();
        };
        time.advance(Duration.ofSeconds(33));
        assertThat(peers.refreshes()).isGreaterThan(1);
    }

    @Test
    void listeners_hearEachChangeOnce_andCannotHarm() {
        List<String> heard = new ArrayList<>();
        EtcdProxyListener throwing = new EtcdProxyListener() {
            @Override
            public void memberDown(DownMember event) {
                throw new IllegalStateException("a bug of the user's");
            }
        };
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                        .listener(throwing)
                        .listener(new RecordingListener(heard))
                        .build(),
                peers::send,
                time.tasks());
        time.advance(Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            registry.health().failed(A, "refused", peers.probe);
        }
        registry.health().responded(A, time.read());
        registry.health().responded(A, time.read());
        time.advance(SECOND);
        peers.members = members("a", "b");
        time.advance(Duration.ofSeconds(33));
        peers.members = "down";
        time.advance(Duration.ofSeconds(33));

        assertThat(heard)
                .startsWith(
                        "peers [http://x:2380]",
                        "members [http://a:2379, http://b:2379, http://c:2379]",
                        "down http://a:2379 refused",
                        "back http://a:2379",
                        "members [http://a:2379, http://b:2379]");
        assertThat(heard)
                .anyMatch(event -> event.startsWith("refresh failed: http://a:2380: answered with something else"));
    }

    private record RecordingListener(List<String> heard) implements EtcdProxyListener {
        @Override
        public void peersDiscovered(DiscoveredPeers event) {
            heard.add("peers " + event.urls());
        }

        @Override
        public void membersChanged(ChangedMembers event) {
            heard.add("members "
                    + event.clientUrls().stream()
                            .map(EtcdUrl::toString)
                            .sorted()
                            .toList());
        }

        @Override
        public void refreshFailed(FailedRefresh event) {
            heard.add("refresh failed: " + event.reason());
        }

        @Override
        public void memberDown(DownMember event) {
            heard.add("down " + event.clientUrl() + " " + event.reason());
        }

        @Override
        public void memberRecovered(RecoveredMember event) {
            heard.add("back " + event.clientUrl());
        }
    }

    @Test
    void manyAdvertisedUrls_aHundredAreUsed_statusSaysSo() {
        peers.members = IntStream.rangeClosed(1, 1000)
                .mapToObj(port -> "\"http://a:" + port + "\"")
                .collect(Collectors.joining(",", "[{\"id\":1,\"name\":\"a\",\"clientURLs\":[", "]}]"));
        ClientUrlRegistry registry = peers.start();

        assertThat(registry.order()).hasSize(100);
        assertThat(registry.status().droppedUrls())
                .hasValue("the other 900 of 1000 advertised URLs are left out: at most 100 are used");
        registry.urls().forEach(url -> registry.health().failed(url, "refused", peers.probe));
        assertThat(registry.status().problem().orElseThrow())
                .endsWith(": refused and 90 more")
                .hasSizeLessThan(500);

        peers.members = members("a", "b", "c");
        time.advance(Duration.ofSeconds(33));
        assertThat(registry.status().droppedUrls()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "unix://localhost:12345, '\"unix://localhost:12345\": the scheme must be http or https'",
        "unixs://, '\"unixs://\": write host:port'",
        "unix:///run/etcd.sock, '\"unix:///run/etcd.sock\": must not have a path'",
        "http://a:0, '\"http://a:0\": the port must be from 1 to 65535'",
        "http://a:65536, '\"http://a:65536\": the port must be from 1 to 65535'",
        "http://u:secret@a:0, '\"http://a:0\": the port must be'",
        "http://u:secret@a/x, '\"http://***@a/x\": must not have a path'",
        "http://a, '\"http://a\": write host:port'",
        "localhost:2379, '\"localhost:2379\": write scheme://host:port'",
        "http://[fe80::1%25eth0]:2379, zone ids are not supported",
        "http://2130706433:2379, write the address in its usual form",
        "'', '\"\": write scheme://host:port'",
    })
    void onlyUrlIsUnusable_problemNamesItAndTheReason(String url, String reason) {
        peers.members = "[{\"id\":1,\"name\":\"a\",\"clientURLs\":[\"" + url + "\"]}]";
        ClientUrlRegistry registry = peers.start();

        assertThat(registry.status().problem().orElseThrow())
                .contains("answered, but no client URL can be used: ")
                .contains(reason)
                .doesNotContain("secret")
                .doesNotContain("has published");
    }

    @Test
    void unusableUrlBesideAUsableOne_isNamedInStatus() {
        peers.members = "[{\"id\":1,\"name\":\"a\",\"clientURLs\":[\"unix://a:1\",\"http://a:2379\"]},"
                + "{\"id\":2,\"name\":\"l\",\"clientURLs\":[\"unix://l:1\"],\"isLearner\":true}]";
        ClientUrlRegistry registry = peers.start();

        assertThat(registry.urls()).containsExactly(A);
        assertThat(registry.status().droppedUrls()).hasValue("\"unix://a:1\": the scheme must be http or https");
    }

    @ParameterizedTest
    @CsvSource({
        "200, true",
        "401, true",
        "404, true",
        "500, true",
        "501, true",
        "502, false",
        "503, false",
        "504, false"
    })
    void probe_ofMemberBehindAGateway_doesNotBringItBack(int status, boolean back) {
        ClientUrlRegistry registry = peers.start();
        registry.health().failed(A, "refused", peers.probe);
        peers.status = status;
        time.advance(Duration.ofSeconds(20));

        assertThat(registry.available().contains(A)).isEqualTo(back);
        peers.status = 200;
        time.advance(Duration.ofSeconds(40));
        assertThat(registry.available()).contains(A);
    }
}
