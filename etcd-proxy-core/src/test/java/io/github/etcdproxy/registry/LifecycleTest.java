package io.github.etcdproxy.registry;

import static io.github.etcdproxy.registry.ScriptedPeers.A;
import static io.github.etcdproxy.registry.ScriptedPeers.B;
import static io.github.etcdproxy.registry.ScriptedPeers.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.TaskRunner;
import io.github.etcdproxy.time.VirtualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The registry from its start to its end. All runs on this thread, by a clock that the test moves. */
class LifecycleTest {
    private final ScriptedPeers peers = new ScriptedPeers();
    private final VirtualTime time = peers.time;

    @Test
    void registryWithoutAProxy_needsNoListenUrl() {
        ClientUrlRegistry registry = ClientUrlRegistry.builder()
                .discovery(PeerDiscovery.initialCluster("a=http://a:2380"))
                .start(peers::send, time.tasks());
        time.advance(Duration.ZERO);

        assertThat(registry.urls()).containsExactlyInAnyOrder(ScriptedPeers.A, ScriptedPeers.B, ScriptedPeers.C);
        assertThat(registry.status().isReady()).isTrue();
        assertThatThrownBy(() -> ClientUrlRegistry.builder()
                        .refreshInterval(Duration.ZERO)
                        .start(peers::send))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("proxy-refresh-interval");
    }

    @Test
    void notReady_tellsReasonOfEachPeer() {
        ClientUrlRegistry early = ClientUrlRegistry.start(
                TestOptions.builder().listenClientUrls("http://localhost:2379").build(), peers::send, time.tasks());
        assertThatThrownBy(() -> early.awaitReady(Duration.ofMillis(1)))
                .isInstanceOf(NotReadyException.class)
                .hasMessage("not ready after PT0.001S: the first answer of a peer is still awaited");

        peers.dead.add("x:2380");
        peers.status = 404;
        String notServed =
                "answered 404 instead of 200: is this a client port? initial-cluster wants peer ports (2380);"
                        + " PeerDiscovery.clientEndpoints takes client ports (2379)";
        ClientUrlRegistry registry = peers.start();
        assertThatThrownBy(() -> registry.awaitReady(Duration.ZERO))
                .isInstanceOfSatisfying(
                        NotReadyException.class,
                        e -> assertThat(e.reasons())
                                .containsExactly(
                                        Map.entry(EtcdUrl.of("http://x:2380"), "refused"),
                                        Map.entry(EtcdUrl.of("http://a:2380"), notServed)))
                .hasMessage("not ready after PT0S: peers from initial-cluster http://x:2380,http://a:2380:"
                        + " http://x:2380: refused; http://a:2380: " + notServed);
    }

    @Test
    void readyFuture_canceledByCaller_staysOpen() {
        peers.dead.addAll(List.of("x:2380", "a:2380"));
        ClientUrlRegistry registry = peers.start();
        registry.ready().toCompletableFuture().cancel(true);

        assertThat(registry.ready().toCompletableFuture()).isNotDone();
        peers.dead.clear();
        time.advance(SECOND);
        assertThat(registry.ready().toCompletableFuture()).isCompletedWithValueMatching(ProxyStatus::isReady);
    }

    @Test
    void modeOff_asksNobodyAndIsReady() throws Exception {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .mode(ProxyMode.OFF)
                .build();
        ClientUrlRegistry registry = ClientUrlRegistry.start(options, peers::send, time.tasks());
        time.advance(Duration.ofMinutes(5));

        registry.awaitReady(Duration.ZERO);
        assertThat(peers.asked).isEmpty();
    }

    @Test
    void refusingExecutor_failsNoCall() throws Exception {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                .build();
        AtomicBoolean refuses = new AtomicBoolean();
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                options,
                peers::send,
                new TaskRunner(
                        time,
                        (task, delay) -> {
                            if (refuses.get()) {
                                throw new RejectedExecutionException("shut down");
                            }
                            return time.schedule(task, delay);
                        },
                        Runnable::run,
                        new Random(1)));
        time.advance(Duration.ZERO);
        registry.awaitReady(Duration.ZERO);
        refuses.set(true);

        registry.health().failed(B, "refused", peers.probe);
        time.advance(Duration.ofMinutes(1));
        assertThat(registry.snapshot().urls()).hasSize(3).endsWith(B);
    }

    @Test
    void closeDuringRefresh_changesNothing() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        List<String> heard = new ArrayList<>();
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("a=http://a:2380"))
                        .listener(new EtcdProxyListener() {
                            @Override
                            public void membersChanged(ChangedMembers event) {
                                heard.add("changed");
                            }
                        })
                        .build(),
                peers::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        time.advance(Duration.ZERO);
        peers.duringMembers = registry::close; // while a peer is about to answer
        tasks.remove().run();

        assertThat(heard).isEmpty();
        assertThat(registry.status().endpoints()).isEmpty();
    }

    @Test
    void close_endsAllActivity() {
        peers.dead.addAll(List.of("x:2380", "a:2380"));
        ClientUrlRegistry registry = peers.start();
        peers.asked.clear();
        registry.close();
        registry.close();
        registry.health().failed(A, "refused", peers.probe);
        time.advance(Duration.ofHours(1));

        assertThat(peers.asked).isEmpty();
        assertThat(time.pending()).isZero();
        assertThat(registry.status().isReady()).isFalse();
        assertThat(registry.status().problem()).hasValue("the proxy has been closed");
        assertThatThrownBy(() -> registry.awaitReady(Duration.ofHours(1)))
                .isInstanceOf(NotReadyException.class)
                .hasMessageContaining("the proxy has been closed");
        assertThatThrownBy(() -> registry.ready().toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void awaitReady_afterClose_fails() throws Exception {
        ClientUrlRegistry registry = peers.start();
        registry.awaitReady(Duration.ZERO);
        registry.close();

        assertThatThrownBy(() -> registry.awaitReady(Duration.ZERO))
                .isInstanceOf(NotReadyException.class)
                .hasMessageContaining("the proxy has been closed");
    }
}
