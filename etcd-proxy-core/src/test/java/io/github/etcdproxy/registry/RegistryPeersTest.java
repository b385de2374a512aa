package io.github.etcdproxy.registry;

import static io.github.etcdproxy.registry.ScriptedPeers.A;
import static io.github.etcdproxy.registry.ScriptedPeers.B;
import static io.github.etcdproxy.registry.ScriptedPeers.C;
import static io.github.etcdproxy.registry.ScriptedPeers.SECOND;
import static io.github.etcdproxy.registry.ScriptedPeers.members;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.internal.datadir.DataDir;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.TaskRunner;
import io.github.etcdproxy.time.VirtualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who is asked for the members, and what becomes of a source that fails. All runs on this thread, by a clock that the
 * test moves.
 */
class RegistryPeersTest {
    private final ScriptedPeers peers = new ScriptedPeers();
    private final VirtualTime time = peers.time;

    @Test
    @SuppressWarnings("NullAway") // what a source without null checks does
    void failedSource_isAskedAgain_andReasonReported() throws Exception {
        List<PeerDiscovery> answers = List.of(
                context -> {
                    throw new IOException("dns is not up");
                },
                context -> {
                    throw new IllegalStateException("token expired");
                },
                context -> {
                    throw new NoClassDefFoundError("a.b.C");
                },
                context -> null,
                context -> Peers.of(List.of()),
                context -> Peers.of(Arrays.asList(A, null)));
        Iterator<PeerDiscovery> remaining = answers.iterator();
        ClientUrlRegistry registry = peers.start(context -> remaining.hasNext()
                ? remaining.next().discover(context)
                : Peers.of(List.of(EtcdUrl.of("http://a:2380"))));

        Duration pause = SECOND;
        for (String reason : List.of(
                "dns is not up",
                "the source threw IllegalStateException: token expired",
                "the source threw NoClassDefFoundError: a.b.C",
                "the source found no peer",
                "the source threw IllegalArgumentException: no peer: name one, or throw an IOException that says why there"
                        + " is none",
                "the source threw IllegalArgumentException: a peer that is null: leave it out")) {
            assertThatThrownBy(() -> registry.awaitReady(Duration.ZERO)).hasMessageEndingWith(": " + reason);
            time.advance(pause);
            pause = min(pause.multipliedBy(2), Duration.ofSeconds(10));
        }
        registry.awaitReady(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(registry.status().problem()).isEmpty();
    }

    @Test
    void sourceThatThrowsError_isAskedAgain() {
        AtomicInteger lookups = new AtomicInteger();
        ClientUrlRegistry registry = peers.start(context -> {
            lookups.incrementAndGet();
            throw new AssertionError("not here");
        });
        time.advance(Duration.ofSeconds(8));
        assertThat(lookups).hasValue(4); // after 0, 1, 3 and 7 seconds
        assertThat(registry.status().problem())
                .hasValue("peers from a source of the application's: the source threw AssertionError: not here");
    }

    @Test
    void interruptedSource_isAskedAgain_andReasonReported() {
        ClientUrlRegistry registry = peers.start(context -> {
            throw new InterruptedException();
        });
        assertThat(registry.status().problem())
                .hasValueSatisfying(why -> assertThat(why).contains("the source of peers was interrupted"));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void failedSource_isAskedAfterGrowingPauses() {
        List<Long> lookups = new ArrayList<>();
        long begin = time.read();
        peers.start(context -> {
            lookups.add(Duration.ofNanos(time.read() - begin).toSeconds());
            throw new IOException("away");
        });
        time.advance(Duration.ofSeconds(40));
        assertThat(lookups).containsExactly(0L, 1L, 3L, 7L, 15L, 25L, 35L);
    }

    @Test
    void sourceOfDeadPeers_isAskedAfterGrowingPauses() {
        peers.dead.add("a:2380");
        List<Long> lookups = new ArrayList<>();
        long begin = time.read();
        ClientUrlRegistry registry = peers.start(context -> {
            lookups.add(Duration.ofNanos(time.read() - begin).toSeconds());
            return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
        });
        time.advance(Duration.ofSeconds(100));
        assertThat(lookups).containsExactly(0L, 5L, 15L, 35L, 65L, 95L);
        assertThat(peers.refreshes()).isEqualTo(101); // the peers themselves are asked every second

        peers.dead.clear();
        time.advance(SECOND);
        assertThat(registry.snapshot().urls()).hasSize(3);
        peers.dead.addAll(List.of("a:2380", "b:2380", "c:2380"));
        lookups.clear();
        time.advance(Duration.ofSeconds(34));
        assertThat(lookups).hasSize(1); // at once, as if nothing had been
    }

    @Test
    void pauses_deadPeersAfterFailure_startOver() {
        peers.dead.add("a:2380");
        List<Long> lookups = new ArrayList<>();
        long begin = time.read();
        peers.start(context -> {
            lookups.add(Duration.ofNanos(time.read() - begin).toSeconds());
            if (lookups.size() < 5) {
                throw new IOException("away");
            }
            return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
        });
        time.advance(Duration.ofSeconds(36));
        assertThat(lookups).containsExactly(0L, 1L, 3L, 7L, 15L, 20L, 30L);
    }

    @Test
    void source_whenNoPeerAnswers_isAskedAgain() {
        ClientUrlRegistry registry = peers.start();
        peers.dead.addAll(List.of("a:2380", "b:2380", "c:2380"));
        peers.members = members("d", "e");
        time.advance(Duration.ofSeconds(34));

        assertThat(registry.snapshot().urls())
                .containsExactlyInAnyOrder(EtcdUrl.of("http://d:2379"), EtcdUrl.of("http://e:2379"));
        assertThat(peers.asked)
                .containsSubsequence(
                        "http://a:2380/members",
                        "http://b:2380/members",
                        "http://c:2380/members",
                        "http://x:2380/members");
    }

    @Test
    void source_whileMembersPublish_isNotAsked() {
        peers.members = "[{\"id\":1,\"peerURLs\":[\"http://a:2380\"]}]";
        AtomicInteger lookups = new AtomicInteger();
        ClientUrlRegistry registry = peers.start(context -> {
            lookups.incrementAndGet();
            return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
        });
        time.advance(Duration.ofSeconds(30));
        assertThat(lookups).hasValue(1);
        assertThat(peers.refreshes()).isEqualTo(1 + 2 * 30);
        time.advance(Duration.ofSeconds(1)); // that takes too long to be believed
        assertThat(lookups).hasValue(2);

        peers.members = members("a");
        time.advance(Duration.ofMillis(500));
        assertThat(registry.snapshot().urls()).containsExactly(A);
    }

    @Test
    void blockingSource_doesNotDelayKnownPeers() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                        .build(),
                peers::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        time.advance(Duration.ZERO);
        tasks.remove().run(); // the first round, which finds a, b and c
        tasks.remove().run(); // tells that the proxy is ready
        assertThat(registry.ready().toCompletableFuture()).isDone();

        peers.dead.addAll(List.of("a:2380", "b:2380", "c:2380", "x:2380"));
        time.advance(Duration.ofSeconds(34));
        tasks.remove().run(); // a round in which nobody known answers: the source is to be asked
        Runnable blocked = tasks.remove();
        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(why -> assertThat(why).endsWith("the source is being asked for others"));

        peers.dead.clear();
        peers.members = members("d");
        time.advance(Duration.ofSeconds(34));
        tasks.remove().run();
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));

        // What the source answers at last is of no use any more: it was asked before that.
        blocked.run();
        time.advance(Duration.ofSeconds(2));
        tasks.remove().run();
        peers.dead.add("d:2380");
        peers.members = members("e");
        time.advance(Duration.ofSeconds(34));
        tasks.remove().run();
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://e:2379"));
    }

    @Test
    void lateAnswer_ofLastOutage_isNotUsed() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        List<String> catalogue = new ArrayList<>(List.of("http://x:2380"));
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(context -> Peers.of(List.of(EtcdUrl.of(catalogue.get(0)))))
                        .build(),
                peers::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        Runnable round = () -> {
            time.advance(Duration.ofSeconds(34));
            tasks.remove().run();
        };
        round.run();
        tasks.remove().run(); // tells that the proxy is ready
        List<String> all = List.of("a:2380", "b:2380", "c:2380", "x:2380");
        peers.dead.addAll(all);
        round.run();
        Runnable lookup = tasks.remove();
        peers.dead.clear();
        round.run();
        lookup.run(); // late

        round.run();
        catalogue.set(0, "http://y:2380");
        peers.dead.addAll(all);
        peers.members = members("d");
        round.run();
        tasks.remove().run(); // the source is asked again
        round.run();
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));
    }

    @Test
    void waitingSource_isShownInStatus() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        List<Optional<String>> seen = new ArrayList<>();
        ClientUrlRegistry[] registry = new ClientUrlRegistry[1];
        registry[0] = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(context -> {
                            context.waitingFor().accept("1 of 3 members have registered");
                            seen.add(registry[0].status().problem());
                            return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
                        })
                        .build(),
                peers::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        time.advance(Duration.ZERO);
        tasks.remove().run();

        assertThat(seen).containsExactly(Optional.of("waiting: 1 of 3 members have registered"));
        assertThat(registry[0].status().waitingFor()).isEmpty();
    }

    @Test
    void refreshFailure_hasReasonsOfPeersAndSource() {
        Iterator<String> answers = List.of("ok", "consul is away").iterator();
        ClientUrlRegistry registry = peers.start(context -> {
            String answer = answers.next();
            if (answer.equals("ok")) {
                return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
            }
            throw new IOException(answer);
        });
        peers.status = 500;
        time.advance(Duration.ofSeconds(34));

        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("http://a:2380: answered 500 instead of 200")
                        .endsWith("; consul is away"));
    }

    @Test
    void unreachablePeers_areAskedWhereSourceNamedThem() {
        List<String> failures = new ArrayList<>();
        AtomicInteger lookups = new AtomicInteger();
        peers.dead.addAll(List.of("a:2380", "b:2380", "c:2380")); // what is advertised
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(context -> {
                            lookups.incrementAndGet();
                            return Peers.of(List.of(EtcdUrl.of("http://nat:2380")));
                        })
                        .listener(new EtcdProxyListener() {
                            @Override
                            public void refreshFailed(FailedRefresh event) {
                                failures.add(event.reason());
                            }
                        })
                        .build(),
                peers::send,
                time.tasks());
        time.advance(Duration.ofHours(1));

        assertThat(failures).isEmpty();
        assertThat(lookups).hasValue(1);
        assertThat(registry.snapshot().urls()).hasSize(3);
    }

    @Test
    void rememberedPeers_useSourcesServerName(@TempDir Path dataDir) throws Exception {
        Peers source = new Peers(List.of(EtcdUrl.of("https://a:2380")), Peers.Port.PEER, Optional.of("example.com"));
        DataDir.of(dataDir).remember(source.urls());
        peers.members = peers.members.replace("http:", "https:");
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(context -> source)
                        .dataDir(dataDir)
                        .build(),
                request -> {
                    if (request.serverName().isEmpty()) {
                        throw new IOException("not verified");
                    }
                    return peers.send(request);
                },
                time.tasks());
        time.advance(Duration.ofSeconds(2));

        assertThat(registry.snapshot().urls()).hasSize(3);
    }

    @Test
    void closedDuringRefresh_peersAreNotStored(@TempDir Path dataDir) {
        CompletableFuture<ClientUrlRegistry> registry = new CompletableFuture<>();
        List<EtcdUrl> urls = new ArrayList<>();
        registry.complete(ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("a=http://a:2380"))
                        .dataDir(dataDir)
                        .listener(new EtcdProxyListener() {
                            @Override
                            public void membersChanged(ChangedMembers event) {
                                urls.addAll(event.clientUrls());
                                registry.join().close(); // as a promotion does, which then removes the data
                            }
                        })
                        .build(),
                peers::send,
                time.tasks()));
        time.advance(Duration.ofSeconds(2));

        assertThat(urls).hasSize(3);
        assertThat(dataDir).isEmptyDirectory();
    }

    @Test
    void clientEndpoints_areAskedAtClientPorts() {
        ClientUrlRegistry registry = peers.start(PeerDiscovery.clientEndpoints("http://x:2379"));
        assertThat(peers.asked).containsExactly("http://x:2379/v3/cluster/member/list");
        assertThat(registry.status().peers()).containsExactlyInAnyOrder(A, B, C);

        peers.asked.clear();
        peers.dead.addAll(List.of("a:2379", "b:2379", "c:2379"));
        time.advance(Duration.ofSeconds(34));
        assertThat(peers.asked.subList(0, 3))
                .containsExactlyInAnyOrder(
                        "http://a:2379/v3/cluster/member/list",
                        "http://b:2379/v3/cluster/member/list",
                        "http://c:2379/v3/cluster/member/list");
        assertThat(peers.asked.get(3)).isEqualTo("http://x:2379/v3/cluster/member/list"); // all known are dead
        assertThat(registry.status().refreshFailure()).isEmpty();
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
