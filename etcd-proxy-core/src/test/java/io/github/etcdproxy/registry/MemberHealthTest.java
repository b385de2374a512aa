package io.github.etcdproxy.registry;

import static io.github.etcdproxy.registry.ScriptedPeers.A;
import static io.github.etcdproxy.registry.ScriptedPeers.B;
import static io.github.etcdproxy.registry.ScriptedPeers.C;
import static io.github.etcdproxy.registry.ScriptedPeers.members;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.VirtualTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members that fail, are probed and come back. All runs on this thread, by a clock that the test moves. */
class MemberHealthTest {
    private final ScriptedPeers peers = new ScriptedPeers();
    private final VirtualTime time = peers.time;

    @Test
    void order_keepsFirstUntilItFails() {
        ClientUrlRegistry registry = peers.start();
        List<EtcdUrl> order = registry.snapshot().urls();
        registry.health().responded(order.get(0), time.read());
        assertThat(registry.snapshot().urls()).isEqualTo(order);

        registry.health().failed(order.get(0), "refused", peers.probe);
        assertThat(registry.snapshot().urls()).containsExactly(order.get(1), order.get(2), order.get(0));
        assertThat(registry.snapshot().available()).containsExactly(order.get(1), order.get(2));
        assertThat(registry.status().endpoints().get(2))
                .isEqualTo(new ProxyStatus.Endpoint(order.get(0), Optional.of("refused")));

        // Other calls that had begun there fail late.
        registry.health().failed(order.get(0), "refused", peers.probe);
        assertThat(registry.snapshot().urls()).containsExactly(order.get(1), order.get(2), order.get(0));
    }

    @Test
    void failedMember_comesBackLastAfterProbe() {
        ClientUrlRegistry registry = peers.start();
        List<EtcdUrl> order = registry.snapshot().urls();
        EtcdUrl victim = order.get(0);
        peers.dead.add(victim.host() + ":2379");
        peers.members = "down"; // no refresh shuffles in between

        registry.health().failed(victim, "refused", peers.probe);
        time.advance(Duration.ofMillis(4499));
        assertThat(peers.probes()).isZero();
        time.advance(Duration.ofMillis(1001));
        assertThat(peers.probes()).isEqualTo(1);
        assertThat(registry.snapshot().available()).doesNotContain(victim);

        time.advance(Duration.ofMillis(8900)); // the second wait is twice as long
        assertThat(peers.probes()).isEqualTo(1);
        peers.dead.clear();
        time.advance(Duration.ofMillis(2200));
        assertThat(peers.probes()).isEqualTo(2);
        assertThat(registry.snapshot().urls()).containsExactly(order.get(1), order.get(2), victim);
        assertThat(registry.snapshot().available()).hasSize(3);

        time.advance(Duration.ofMinutes(5));
        assertThat(peers.probes()).isEqualTo(2);
    }

    @Test
    void manyFailures_areProbedOnce() {
        ClientUrlRegistry registry = peers.start();
        EtcdUrl victim = registry.snapshot().urls().get(0);
        for (int i = 0; i < 100; i++) {
            registry.health().failed(victim, "refused", peers.probe);
        }
        time.advance(Duration.ofSeconds(6));
        assertThat(peers.probes()).isEqualTo(1);
    }

    @Test
    void successfulCall_bringsMemberBackWithoutProbe() {
        ClientUrlRegistry registry = peers.start();
        EtcdUrl victim = registry.snapshot().urls().get(0);
        registry.health().failed(victim, "refused", peers.probe);
        registry.health().responded(victim, time.read());

        assertThat(registry.snapshot().available()).contains(victim);
        time.advance(Duration.ofSeconds(6));
        assertThat(peers.probes()).isZero();
    }

    @Test
    void answerToOlderAttempt_bringsNobodyBack() {
        ClientUrlRegistry registry = peers.start();
        EtcdUrl victim = registry.order().get(0);
        HangDetector hangDetector = registry.hangDetector(peers::send);
        AttemptHandle older = hangDetector.begin(victim, (failed, reason) -> {});
        time.advance(Duration.ofMillis(1));
        registry.health().failed(victim, "refused", peers.probe);
        time.advance(Duration.ofMillis(1));
        AttemptHandle newer = hangDetector.begin(victim, (failed, reason) -> {});

        older.responded();
        assertThat(registry.snapshot().available()).doesNotContain(victim);
        newer.responded();
        assertThat(registry.snapshot().available()).contains(victim);
    }

    @Test
    void suspect_keepsPlaceUntilProbeFails() {
        ClientUrlRegistry registry = peers.start();
        EtcdUrl suspect = registry.order().get(0);
        AttemptHandle attempt = registry.hangDetector(peers::send).begin(suspect, (failed, reason) -> {});
        attempt.suspect("the connection broke");
        assertThat(peers.probes()).isEqualTo(1);
        assertThat(registry.order()).first().isEqualTo(suspect);

        peers.dead.add(suspect.host() + ":2379");
        time.advance(Duration.ofMillis(1));
        attempt.suspect("the connection broke");
        assertThat(registry.order()).last().isEqualTo(suspect);
        assertThat(registry.status().endpoints().get(2).failure())
                .contains("the connection broke; a probe got no answer: refused");
    }

    @Test
    void roundRobin_sharesEvenly_downComeLast() {
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                        .roundRobin(true)
                        .build(),
                peers::send,
                time.tasks());
        time.advance(Duration.ZERO);
        Map<EtcdUrl, Integer> firsts = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            List<EtcdUrl> order = registry.order();
            assertThat(order).containsExactlyInAnyOrder(A, B, C);
            firsts.merge(order.get(0), 1, Integer::sum);
        }
        assertThat(firsts).containsOnly(Map.entry(A, 10), Map.entry(B, 10), Map.entry(C, 10));

        registry.health().failed(B, "refused", peers.probe);
        for (int i = 0; i < 30; i++) {
            assertThat(registry.order()).last().isEqualTo(B);
            firsts.merge(registry.order().get(0), 1, Integer::sum);
        }
        assertThat(firsts.get(B)).isEqualTo(10);

        registry.health().failed(A, "refused", peers.probe);
        registry.health().failed(C, "refused", peers.probe);
        assertThat(registry.order()).hasSize(3);
    }

    @Test
    void health_outlivesRefreshes() {
        ClientUrlRegistry registry = peers.start();
        peers.dead.add("b:2379");
        registry.health().failed(B, "refused", peers.probe);
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofSeconds(34));
            assertThat(registry.snapshot().urls()).last().isEqualTo(B);
        }
        // Probes are half a minute apart by then.
        assertThat(peers.probes()).isBetween(20L, 30L);
    }

    @Test
    void removedMember_isNoLongerProbed() {
        ClientUrlRegistry registry = peers.start();
        peers.dead.add("b:2379");
        registry.health().failed(B, "refused", peers.probe);
        peers.members = members("a", "c");
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, C);
        long before = peers.probes();
        time.advance(Duration.ofHours(1));
        assertThat(peers.probes()).isEqualTo(before);

        registry.health().failed(B, "a late failure", peers.probe);
        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, C);
        assertThat(registry.snapshot().available()).hasSize(2);
    }

    @Test
    void allDown_nearestProbeComesFirst() {
        ClientUrlRegistry registry = peers.start();
        peers.dead.addAll(List.of("a:2379", "b:2379", "c:2379"));
        peers.members = "down";
        registry.health().failed(C, "refused", peers.probe);
        time.advance(Duration.ofMillis(1200));
        registry.health().failed(A, "refused", peers.probe);
        time.advance(Duration.ofMillis(1200));
        registry.health().failed(B, "refused", peers.probe);

        assertThat(registry.snapshot().urls()).containsExactly(C, A, B);
        assertThat(registry.snapshot().available()).isEmpty();
    }

    @Test
    void probeThatThrows_isRepeated() {
        ClientUrlRegistry registry = peers.start();
        peers.members = "down";
        peers.throwing.add("b:2379");
        registry.health().failed(B, "refused", peers.probe);
        time.advance(Duration.ofSeconds(6));
        assertThat(registry.snapshot().available()).doesNotContain(B);

        peers.throwing.clear();
        time.advance(Duration.ofSeconds(12));
        assertThat(registry.snapshot().available()).contains(B);
    }

    @Test
    void flappingMember_pilesUpNoProbes() {
        ClientUrlRegistry registry = peers.start();
        long before = time.pending();
        for (int i = 0; i < 1000; i++) {
            registry.health().failed(B, "refused", peers.probe);
            registry.health().responded(B, time.read());
        }
        assertThat(time.pending()).isEqualTo(before);
    }

    @Test
    void readiness_followsTheLastMemberThatIsUp() throws Exception {
        ClientUrlRegistry registry = peers.start();
        registry.health().failed(A, "refused", peers.probe);
        registry.health().failed(B, "timed out", peers.probe);
        assertThat(registry.status().isReady()).isTrue();
        assertThat(registry.status().problem()).isEmpty();
        registry.awaitReady(Duration.ZERO);

        registry.health().failed(C, "reset", peers.probe);
        ProxyStatus outage = registry.status();
        assertThat(outage.isReady()).isFalse();
        assertThat(outage.problem().orElseThrow())
                .startsWith("no member is up: ")
                .contains(A + ": refused", B + ": timed out", C + ": reset");
        assertThatThrownBy(() -> registry.awaitReady(Duration.ZERO))
                .isInstanceOfSatisfying(
                        NotReadyException.class,
                        e -> assertThat(e.reasons())
                                .containsOnly(
                                        Map.entry(A, "refused"), Map.entry(B, "timed out"), Map.entry(C, "reset")))
                .hasMessage("not ready after PT0S: " + outage.problem().orElseThrow());

        registry.health().responded(B, time.read());
        assertThat(registry.status().isReady()).isTrue();
        assertThat(registry.status().problem()).isEmpty();
        registry.awaitReady(Duration.ZERO);
    }

    @Timeout(60)
    @ParameterizedTest
    @ValueSource(strings = {"recovers", "is replaced", "closes"})
    void awaitReady_allDown_endsWithTheOutage(String event) throws Exception {
        ClientUrlRegistry registry = peers.start();
        List.of(A, B, C).forEach(url -> registry.health().failed(url, "refused", peers.probe));
        FutureTask<Void> waiting = new FutureTask<>(() -> {
            registry.awaitReady(Duration.ofMinutes(1));
            return null;
        });
        Thread thread = new Thread(waiting, "waiting");
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }

        switch (event) {
            case "recovers" -> registry.health().responded(C, time.read());
            case "is replaced" -> {
                peers.members = ScriptedPeers.members("d");
                time.advance(Duration.ofSeconds(1));
            }
            default -> registry.close();
        }
        if (event.equals("closes")) {
            assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(NotReadyException.class)
                    .hasMessageEndingWith("the proxy has been closed");
        } else {
            waiting.get(20, TimeUnit.SECONDS);
        }
    }
}
