package io.github.etcdproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.DiscoveredPeers;
import io.github.etcdproxy.event.DownMember;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.event.RecoveredMember;
import io.github.etcdproxy.internal.datadir.DataDir;
import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.TaskRunner;
import io.github.etcdproxy.time.VirtualTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry's behaviour over time. All runs on this thread, by a clock that the test moves. */
class ClientUrlRegistryTest {
    private static final EtcdUrl A = EtcdUrl.of("http://a:2379");
    private static final EtcdUrl B = EtcdUrl.of("http://b:2379");
    private static final EtcdUrl C = EtcdUrl.of("http://c:2379");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private final List<String> asked = new ArrayList<>();
    private final MemberProbe probe = new MemberProbe(this::send, SECOND);
    private final Set<String> dead = new HashSet<>();
    private final Set<String> throwing = new HashSet<>();
    private String members = members("a", "b", "c");
    private Runnable duringMembers = () -> {};
    private int status = 200;
    private String clusterId = "1f";
    private final Map<String, String> clusterIds = new HashMap<>();
    private final Map<String, String> membersOf = new HashMap<>();

    /** Members whose peer and client ports have the given host names. */
    private static String members(String... hosts) {
        return Stream.of(hosts)
                .map(host -> "{\"id\":" + host.hashCode() + ",\"peerURLs\":[\"http://" + host + ":2380\"],\"name\":\""
                        + host + "\",\"clientURLs\":[\"http://" + host + ":2379\"]}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private PeerResponse send(PeerRequest request) throws IOException {
        asked.add(request.uri().toString());
        if (request.uri().getPath().equals("/members")) {
            duringMembers.run();
        }
        if (throwing.contains(request.uri().getAuthority())) {
            throw new IllegalStateException("a bug in a part that the user gave");
        }
        if (dead.contains(request.uri().getAuthority())) {
            throw new IOException("refused");
        }
        return new PeerResponse(
                status,
                Map.of(
                        "x-etcd-cluster-id",
                        clusterIds.getOrDefault(request.uri().getHost(), clusterId)),
                new ByteArrayInputStream(
                        membersOf.getOrDefault(request.uri().getHost(), members).getBytes(StandardCharsets.UTF_8)));
    }

    private ClientUrlRegistry start(PeerDiscovery discovery) {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .discovery(discovery)
                .build();
        ClientUrlRegistry registry = ClientUrlRegistry.start(options, this::send, time.tasks());
        time.advance(Duration.ZERO);
        return registry;
    }

    private ClientUrlRegistry start() {
        return start(PeerDiscovery.initialCluster("x=http://x:2380,a=http://a:2380"));
    }

    private long refreshes() {
        return asked.stream().filter(uri -> uri.endsWith("/members")).count();
    }

    private long probes() {
        return asked.stream().filter(uri -> uri.endsWith("/version")).count();
    }

    @Test
    void publishesTheClientUrlsOfAllMembers() throws Exception {
        ClientUrlRegistry registry = start();

        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, B, C);
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.ready().toCompletableFuture())
                .isCompletedWithValueMatching(status -> status.endpoints().size() == 3);
        registry.awaitReady(Duration.ZERO);
        assertThat(asked).containsExactly("http://x:2380/members");
    }

    @Test
    void asksThePeersThatTheMembersReportedFromThenOn() {
        start();
        time.advance(Duration.ofSeconds(33));

        assertThat(asked).containsExactly("http://x:2380/members", "http://a:2380/members");
    }

    @Test
    void refreshesEveryIntervalSpreadByATenth() {
        start();
        time.advance(Duration.ofMinutes(5));

        assertThat(refreshes() - 1).isBetween(9L, 11L);
    }

    @Test
    void asksEverySecondUntilAUrlIsKnown() {
        dead.addAll(List.of("x:2380", "a:2380"));
        ClientUrlRegistry registry = start();
        time.advance(Duration.ofSeconds(10));
        assertThat(refreshes()).isEqualTo(2 * 11);

        dead.clear();
        time.advance(SECOND);
        assertThat(registry.snapshot().urls()).hasSize(3);
        asked.clear();
        time.advance(Duration.ofSeconds(26));
        assertThat(asked).isEmpty();
    }

    @Test
    void notReadyTellsTheLastReasonOfEachPeer() {
        ClientUrlRegistry early = ClientUrlRegistry.start(
                TestOptions.builder().listenClientUrls("http://localhost:2379").build(), this::send, time.tasks());
        assertThatThrownBy(() -> early.awaitReady(Duration.ofMillis(1)))
                .isInstanceOf(NotReadyException.class)
                .hasMessage("not ready after PT0.001S: the first answer of a peer is still awaited");

        dead.add("x:2380");
        status = 404;
        ClientUrlRegistry registry = start();
        assertThatThrownBy(() -> registry.awaitReady(Duration.ZERO))
                .isInstanceOfSatisfying(
                        NotReadyException.class,
                        e -> assertThat(e.reasons())
                                .containsExactly(
                                        Map.entry(EtcdUrl.of("http://x:2380"), "refused"),
                                        Map.entry(EtcdUrl.of("http://a:2380"), "answered 404 instead of 200")))
                .hasMessage("not ready after PT0S: peers from initial-cluster http://x:2380,http://a:2380:"
                        + " http://x:2380: refused; http://a:2380: answered 404 instead of 200");
    }

    @Test
    @SuppressWarnings("NullAway") // what a source without null checks does
    void aSourceThatFailsInWhateverWayIsAskedAgainAndItsReasonTold() throws Exception {
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
        ClientUrlRegistry registry = start(context -> remaining.hasNext()
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
    void theUsersRuleIsAskedOncePerRefreshAndMayFailWithoutHarm() {
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
        ClientUrlRegistry registry = ClientUrlRegistry.start(options, this::send, time.tasks());
        time.advance(Duration.ofSeconds(40));

        assertThat(calls.get()).isGreaterThan(3);
        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, B, C); // the last good ones
        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(why -> assertThat(why).contains("the client URL rule threw"));
    }

    @Test
    void peersThatAdvertiseWhatCanNotBeReachedAreAskedWhereTheSourceNamedThemWithoutAWord() {
        List<String> failures = new ArrayList<>();
        AtomicInteger lookups = new AtomicInteger();
        dead.addAll(List.of("a:2380", "b:2380", "c:2380")); // what is advertised
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
                this::send,
                time.tasks());
        time.advance(Duration.ofHours(1));

        assertThat(failures).isEmpty();
        assertThat(lookups).hasValue(1);
        assertThat(registry.snapshot().urls()).hasSize(3);
    }

    @Test
    void anotherClusterIsNotAdoptedWhileAKnownPeerAnswersForTheOldOneHoweverUselessly() {
        ClientUrlRegistry registry = start(PeerDiscovery.initialCluster("a=http://a:2380,b=http://b:2380"));
        membersOf.put("a", "[{\"id\":1,\"peerURLs\":[\"http://a:2380\",\"http://b:2380\"]}]"); // no client URLs
        dead.add("c:2380");
        clusterIds.put("b", "2e");
        time.advance(Duration.ofMinutes(10));

        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void aSourceThatThrowsAnErrorIsNoEndOfTheRefreshes() {
        AtomicInteger lookups = new AtomicInteger();
        ClientUrlRegistry registry = start(context -> {
            lookups.incrementAndGet();
            throw new AssertionError("not here");
        });
        time.advance(Duration.ofSeconds(8));
        assertThat(lookups).hasValue(4); // after 0, 1, 3 and 7 seconds
        assertThat(registry.status().problem())
                .hasValue("peers from a source of the application's: the source threw AssertionError: not here");
    }

    @Test
    void nothingChangesAfterClosing() {
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
                this::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        time.advance(Duration.ZERO);
        duringMembers = registry::close; // while a peer is about to answer
        tasks.remove().run();

        assertThat(heard).isEmpty();
        assertThat(registry.status().endpoints()).isEmpty();
    }

    @Test
    void whatASourceSaidBeforeMembersWereThereAgainIsNoNewsAtTheNextOutage() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        List<String> catalogue = new ArrayList<>(List.of("http://x:2380"));
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(context -> Peers.of(List.of(EtcdUrl.of(catalogue.get(0)))))
                        .build(),
                this::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        Runnable round = () -> {
            time.advance(Duration.ofSeconds(34));
            tasks.remove().run();
        };
        round.run();
        tasks.remove().run(); // tells that the proxy is ready
        List<String> all = List.of("a:2380", "b:2380", "c:2380", "x:2380");
        dead.addAll(all);
        round.run();
        Runnable lookup = tasks.remove();
        dead.clear();
        round.run();
        lookup.run(); // late

        round.run();
        catalogue.set(0, "http://y:2380");
        dead.addAll(all);
        members = members("d");
        round.run();
        tasks.remove().run(); // the source is asked anew
        round.run();
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));
    }

    @Test
    void rememberedPeersThatMustProveAnotherNameAreAskedAsTheSourceSays(@TempDir Path dataDir) throws Exception {
        Peers peers = new Peers(List.of(EtcdUrl.of("https://a:2380")), Peers.Port.PEER, Optional.of("example.com"));
        DataDir.of(dataDir).remember(peers.urls());
        members = members.replace("http:", "https:");
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(context -> peers)
                        .dataDir(dataDir)
                        .build(),
                request -> {
                    if (request.serverName().isEmpty()) {
                        throw new IOException("not verified");
                    }
                    return send(request);
                },
                time.tasks());
        time.advance(Duration.ofSeconds(2));

        assertThat(registry.snapshot().urls()).hasSize(3);
    }

    @Test
    void pausesBeginAnewWhenASourceThatFailedFindsPeersThatAreDead() {
        dead.add("a:2380");
        List<Long> lookups = new ArrayList<>();
        long begin = time.read();
        start(context -> {
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
    void theSourceIsLeftAloneWhileItsPeersSayThatTheMembersAreAboutToPublishTheirUrls() {
        members = "[{\"id\":1,\"peerURLs\":[\"http://a:2380\"]}]";
        AtomicInteger lookups = new AtomicInteger();
        ClientUrlRegistry registry = start(context -> {
            lookups.incrementAndGet();
            return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
        });
        time.advance(Duration.ofSeconds(30));
        assertThat(lookups).hasValue(1);
        assertThat(refreshes()).isEqualTo(1 + 2 * 30);
        time.advance(Duration.ofSeconds(1)); // that takes too long to be believed
        assertThat(lookups).hasValue(2);

        members = members("a");
        time.advance(Duration.ofMillis(500));
        assertThat(registry.snapshot().urls()).containsExactly(A);
    }

    @Test
    void aSourceWhosePeersAreDeadIsAskedAgainAfterPausesThatGrow() {
        dead.add("a:2380");
        List<Long> lookups = new ArrayList<>();
        long begin = time.read();
        ClientUrlRegistry registry = start(context -> {
            lookups.add(Duration.ofNanos(time.read() - begin).toSeconds());
            return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
        });
        time.advance(Duration.ofSeconds(100));
        assertThat(lookups).containsExactly(0L, 5L, 15L, 35L, 65L, 95L);
        assertThat(refreshes()).isEqualTo(101); // the peers themselves are asked every second

        dead.clear();
        time.advance(SECOND);
        assertThat(registry.snapshot().urls()).hasSize(3);
        dead.addAll(List.of("a:2380", "b:2380", "c:2380"));
        lookups.clear();
        time.advance(Duration.ofSeconds(34));
        assertThat(lookups).hasSize(1); // at once, as if nothing had been
    }

    @Test
    void aSourceThatFailsIsAskedAgainAfterPausesThatGrow() {
        List<Long> lookups = new ArrayList<>();
        long begin = time.read();
        start(context -> {
            lookups.add(Duration.ofNanos(time.read() - begin).toSeconds());
            throw new IOException("away");
        });
        time.advance(Duration.ofSeconds(40));
        assertThat(lookups).containsExactly(0L, 1L, 3L, 7L, 15L, 25L, 35L);
    }

    @Test
    void membersFoundAtTheirClientPortsAreAskedForThereFromThenOn() {
        ClientUrlRegistry registry = start(PeerDiscovery.clientEndpoints("http://x:2379"));
        assertThat(asked).containsExactly("http://x:2379/v3/cluster/member/list");
        assertThat(registry.status().peers()).containsExactlyInAnyOrder(A, B, C);

        asked.clear();
        dead.addAll(List.of("a:2379", "b:2379", "c:2379"));
        time.advance(Duration.ofSeconds(34));
        assertThat(asked.subList(0, 3))
                .containsExactlyInAnyOrder(
                        "http://a:2379/v3/cluster/member/list",
                        "http://b:2379/v3/cluster/member/list",
                        "http://c:2379/v3/cluster/member/list");
        assertThat(asked.get(3)).isEqualTo("http://x:2379/v3/cluster/member/list"); // all known are dead
        assertThat(registry.status().refreshFailure()).isEmpty();
    }

    @Test
    void whatTheSourceWaitsForIsInTheStatus() {
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
                this::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        time.advance(Duration.ZERO);
        tasks.remove().run();

        assertThat(seen).containsExactly(Optional.of("waiting: 1 of 3 members have registered"));
        assertThat(registry[0].status().waitingFor()).isEmpty();
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    @Test
    void theReasonsOfKnownPeersStandBesideTheSources() {
        Iterator<String> answers = List.of("ok", "consul is away").iterator();
        ClientUrlRegistry registry = start(context -> {
            String answer = answers.next();
            if (answer.equals("ok")) {
                return Peers.of(List.of(EtcdUrl.of("http://a:2380")));
            }
            throw new IOException(answer);
        });
        status = 500;
        time.advance(Duration.ofSeconds(34));

        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("http://a:2380: answered 500 instead of 200")
                        .endsWith("; consul is away"));
    }

    @Test
    void aSourceThatBlocksDoesNotKeepKnownPeersFromBeingAsked() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                        .build(),
                this::send,
                new TaskRunner(time, time, tasks::add, new Random(1)));
        time.advance(Duration.ZERO);
        tasks.remove().run(); // the first round, which finds a, b and c
        tasks.remove().run(); // tells that the proxy is ready
        assertThat(registry.ready().toCompletableFuture()).isDone();

        dead.addAll(List.of("a:2380", "b:2380", "c:2380", "x:2380"));
        time.advance(Duration.ofSeconds(34));
        tasks.remove().run(); // a round in which nobody known answers: the source is to be asked
        Runnable blocked = tasks.remove();
        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(why -> assertThat(why).endsWith("the source is being asked for others"));

        dead.clear();
        members = members("d");
        time.advance(Duration.ofSeconds(34));
        tasks.remove().run();
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));

        // What the source answers at last is of no use any more: it was asked before that.
        blocked.run();
        time.advance(Duration.ofSeconds(2));
        tasks.remove().run();
        dead.add("d:2380");
        members = members("e");
        time.advance(Duration.ofSeconds(34));
        tasks.remove().run();
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://e:2379"));
    }

    @Test
    void keepsTheLastGoodListWhateverARefreshBrings() {
        ClientUrlRegistry registry = start();
        List<EtcdUrl> good = registry.snapshot().urls();

        for (String bad :
                List.of("[]", "<html>", "[{\"id\":1}]", "[{\"id\":1,\"clientURLs\":[\"http://0.0.0.0:1\"]}]")) {
            members = bad;
            time.advance(Duration.ofSeconds(34));
            assertThat(registry.snapshot().urls()).isEqualTo(good);
            assertThat(registry.snapshot().available()).isEqualTo(good);
            assertThat(registry.status().refreshFailure()).isPresent();
        }
        status = 500;
        time.advance(Duration.ofSeconds(34));
        dead.addAll(List.of("x:2380", "a:2380", "b:2380", "c:2380"));
        time.advance(Duration.ofHours(2));
        assertThat(registry.snapshot().urls()).isEqualTo(good);

        dead.clear();
        status = 200;
        members = members("d");
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));
        assertThat(registry.status().refreshFailure()).isEmpty();
        assertThat(registry.status().sinceRefresh())
                .hasValueSatisfying(since -> assertThat(since).isLessThan(Duration.ofSeconds(34)));
    }

    @Test
    void asksTheConfiguredSourceAgainWhenNoKnownPeerAnswers() {
        ClientUrlRegistry registry = start();
        dead.addAll(List.of("a:2380", "b:2380", "c:2380"));
        members = members("d", "e");
        time.advance(Duration.ofSeconds(34));

        assertThat(registry.snapshot().urls())
                .containsExactlyInAnyOrder(EtcdUrl.of("http://d:2379"), EtcdUrl.of("http://e:2379"));
        assertThat(asked)
                .containsSubsequence(
                        "http://a:2380/members",
                        "http://b:2380/members",
                        "http://c:2380/members",
                        "http://x:2380/members");
    }

    @Test
    void aPeerOfAnotherClusterIsPassedOverAsLongAsOneOfOursAnswers() {
        ClientUrlRegistry registry = start();
        clusterIds.put("a", "2e");
        clusterIds.put("b", "2e");
        time.advance(Duration.ofMinutes(10));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.status().refreshFailure()).isEmpty();

        // A cluster of ours that is away for a while is not replaced by the first comer either.
        clusterIds.putAll(Map.of("c", "2e", "x", "2e"));
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.status().refreshFailure())
                .hasValueSatisfying(
                        why -> assertThat(why).contains("http://c:2380: answered for cluster 2e instead of 1f"));
        clusterIds.clear();
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void aClusterThatWasRestoredIsAdoptedWhenAllPeersAgreeThreeTimes() {
        ClientUrlRegistry registry = start();
        clusterId = "2e";
        members = members("d");
        time.advance(Duration.ofSeconds(66)); // two refreshes
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.snapshot().urls()).hasSize(3);

        time.advance(Duration.ofSeconds(33));
        assertThat(registry.snapshot().clusterId()).isEqualTo("2e");
        assertThat(registry.snapshot().urls()).containsExactly(EtcdUrl.of("http://d:2379"));
        assertThat(registry.status().refreshFailure()).isEmpty();
    }

    @Test
    void aShortOutageOfOursDoesNotMakeRoomForAnotherCluster() {
        ClientUrlRegistry registry = start();
        clusterIds.putAll(Map.of("c", "2e", "x", "2e"));
        dead.addAll(List.of("a:2380", "b:2380"));
        for (int i = 0; i < 20; i++) { // failed calls have the members asked for every second
            registry.failed(A, "refused", probe);
            time.advance(SECOND);
        }
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");

        dead.clear();
        time.advance(Duration.ofSeconds(40));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.status().refreshFailure()).isEmpty();
    }

    @Test
    void theLastWordBeforeAnotherClusterIsAdoptedIsThatOfThePeersOfOurs() {
        ClientUrlRegistry registry = start();
        clusterIds.putAll(Map.of("a", "2e", "x", "2e"));
        dead.addAll(List.of("b:2380", "c:2380"));
        time.advance(Duration.ofSeconds(66));
        dead.clear();
        time.advance(Duration.ofMinutes(10));

        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void anAnswerWithoutAClusterIdLeavesTheKnownOneInForce() {
        ClientUrlRegistry registry = start();
        clusterId = "";
        time.advance(Duration.ofSeconds(33));
        assertThat(registry.status().refreshFailure()).isEmpty();
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");

        clusterId = "2e";
        time.advance(Duration.ofSeconds(33));
        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
    }

    @Test
    void aSourceThatIsInterruptedIsAskedAgainAndItsReasonTold() {
        ClientUrlRegistry registry = start(context -> {
            throw new InterruptedException();
        });
        assertThat(registry.status().problem())
                .hasValueSatisfying(why -> assertThat(why).contains("the source of peers was interrupted"));
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void peersThatDisagreeAboutTheirClusterAreNeverAdopted() {
        ClientUrlRegistry registry = start();
        clusterIds.putAll(Map.of("a", "2e", "b", "3d", "c", "2e", "x", "2e"));
        time.advance(Duration.ofMinutes(30));

        assertThat(registry.snapshot().clusterId()).isEqualTo("1f");
        assertThat(registry.snapshot().urls()).hasSize(3);
    }

    @Test
    void asksSoonAgainWhileAMemberHasNotPublishedItsUrls() {
        members = "[{\"id\":1,\"peerURLs\":[\"http://d:2380\"]}," + members("a").substring(1);
        ClientUrlRegistry registry = start();
        assertThat(registry.snapshot().urls()).containsExactly(A);

        time.advance(Duration.ofMillis(1100));
        assertThat(refreshes()).isEqualTo(2);
        members = members("a", "d");
        time.advance(Duration.ofMillis(2200));
        assertThat(refreshes()).isEqualTo(3);
        assertThat(registry.snapshot().urls()).hasSize(2);
        time.advance(Duration.ofSeconds(26));
        assertThat(refreshes()).isEqualTo(3);
    }

    @Test
    void eachRefreshShufflesAnew() {
        ClientUrlRegistry registry = start();
        Set<EtcdUrl> first = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            first.add(registry.snapshot().urls().get(0));
            time.advance(Duration.ofSeconds(34));
        }
        assertThat(first).containsExactlyInAnyOrder(A, B, C);
    }

    @Test
    void callsStayWithTheFirstUntilItFails() {
        ClientUrlRegistry registry = start();
        List<EtcdUrl> order = registry.snapshot().urls();
        registry.succeeded(order.get(0), time.read());
        assertThat(registry.snapshot().urls()).isEqualTo(order);

        registry.failed(order.get(0), "refused", probe);
        assertThat(registry.snapshot().urls()).containsExactly(order.get(1), order.get(2), order.get(0));
        assertThat(registry.snapshot().available()).containsExactly(order.get(1), order.get(2));
        assertThat(registry.status().endpoints().get(2))
                .isEqualTo(new ProxyStatus.Endpoint(order.get(0), Optional.of("refused")));

        // Other calls that had begun there fail late.
        registry.failed(order.get(0), "refused", probe);
        assertThat(registry.snapshot().urls()).containsExactly(order.get(1), order.get(2), order.get(0));
    }

    @Test
    void aFailedMemberComesBackBehindTheOthersOnceAProbeReachesIt() {
        ClientUrlRegistry registry = start();
        List<EtcdUrl> order = registry.snapshot().urls();
        EtcdUrl victim = order.get(0);
        dead.add(victim.host() + ":2379");
        members = "down"; // no refresh shuffles in between

        registry.failed(victim, "refused", probe);
        time.advance(Duration.ofMillis(4499));
        assertThat(probes()).isZero();
        time.advance(Duration.ofMillis(1001));
        assertThat(probes()).isEqualTo(1);
        assertThat(registry.snapshot().available()).doesNotContain(victim);

        time.advance(Duration.ofMillis(8900)); // the second wait is twice as long
        assertThat(probes()).isEqualTo(1);
        dead.clear();
        time.advance(Duration.ofMillis(2200));
        assertThat(probes()).isEqualTo(2);
        assertThat(registry.snapshot().urls()).containsExactly(order.get(1), order.get(2), victim);
        assertThat(registry.snapshot().available()).hasSize(3);

        time.advance(Duration.ofMinutes(5));
        assertThat(probes()).isEqualTo(2);
    }

    @Test
    void manyFailuresAtOnceAreProbedOnce() {
        ClientUrlRegistry registry = start();
        EtcdUrl victim = registry.snapshot().urls().get(0);
        for (int i = 0; i < 100; i++) {
            registry.failed(victim, "refused", probe);
        }
        time.advance(Duration.ofSeconds(6));
        assertThat(probes()).isEqualTo(1);
    }

    @Test
    void aCallThatSucceedsBringsAMemberBackAtOnceAndSparesTheProbe() {
        ClientUrlRegistry registry = start();
        EtcdUrl victim = registry.snapshot().urls().get(0);
        registry.failed(victim, "refused", probe);
        registry.succeeded(victim, time.read());

        assertThat(registry.snapshot().available()).contains(victim);
        time.advance(Duration.ofSeconds(6));
        assertThat(probes()).isZero();
    }

    @Test
    void anAnswerToAnOlderAttemptBringsNobodyBack() {
        ClientUrlRegistry registry = start();
        EtcdUrl victim = registry.order().get(0);
        HangDetector hangDetector = registry.hangDetector(this::send);
        AttemptHandle older = hangDetector.begin(victim, (failed, reason) -> {});
        time.advance(Duration.ofMillis(1));
        registry.failed(victim, "refused", probe);
        time.advance(Duration.ofMillis(1));
        AttemptHandle newer = hangDetector.begin(victim, (failed, reason) -> {});

        older.responded();
        assertThat(registry.snapshot().available()).doesNotContain(victim);
        newer.responded();
        assertThat(registry.snapshot().available()).contains(victim);
    }

    @Test
    void aSuspectKeepsItsPlaceUntilAProbeFails() {
        ClientUrlRegistry registry = start();
        EtcdUrl suspect = registry.order().get(0);
        AttemptHandle attempt = registry.hangDetector(this::send).begin(suspect, (failed, reason) -> {});
        attempt.suspect("the connection broke");
        assertThat(probes()).isEqualTo(1);
        assertThat(registry.order()).first().isEqualTo(suspect);

        dead.add(suspect.host() + ":2379");
        time.advance(Duration.ofMillis(1));
        attempt.suspect("the connection broke");
        assertThat(registry.order()).last().isEqualTo(suspect);
        assertThat(registry.status().endpoints().get(2).failure())
                .contains("the connection broke; a probe got no answer: refused");
    }

    @Test
    void inTurnsEachMemberThatIsUpGetsItsShareAndThoseThatAreDownComeLast() {
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                TestOptions.builder()
                        .listenClientUrls("http://localhost:2379")
                        .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                        .roundRobin(true)
                        .build(),
                this::send,
                time.tasks());
        time.advance(Duration.ZERO);
        Map<EtcdUrl, Integer> firsts = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            List<EtcdUrl> order = registry.order();
            assertThat(order).containsExactlyInAnyOrder(A, B, C);
            firsts.merge(order.get(0), 1, Integer::sum);
        }
        assertThat(firsts).containsOnly(Map.entry(A, 10), Map.entry(B, 10), Map.entry(C, 10));

        registry.failed(B, "refused", probe);
        for (int i = 0; i < 30; i++) {
            assertThat(registry.order()).last().isEqualTo(B);
            firsts.merge(registry.order().get(0), 1, Integer::sum);
        }
        assertThat(firsts.get(B)).isEqualTo(10);

        registry.failed(A, "refused", probe);
        registry.failed(C, "refused", probe);
        assertThat(registry.order()).hasSize(3);
    }

    @Test
    void listenersHearEachChangeOnceAndCannotDoHarm() {
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
                this::send,
                time.tasks());
        time.advance(Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            registry.failed(A, "refused", probe);
        }
        registry.succeeded(A, time.read());
        registry.succeeded(A, time.read());
        time.advance(SECOND);
        members = members("a", "b");
        time.advance(Duration.ofSeconds(33));
        members = "down";
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
            heard.add("event.urls() " + event.urls());
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
    void healthOutlivesRefreshes() {
        ClientUrlRegistry registry = start();
        dead.add("b:2379");
        registry.failed(B, "refused", probe);
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofSeconds(34));
            assertThat(registry.snapshot().urls()).last().isEqualTo(B);
        }
        // Probes are half a minute apart by then.
        assertThat(probes()).isBetween(20L, 30L);
    }

    @Test
    void aMemberThatHasGoneIsProbedNoMore() {
        ClientUrlRegistry registry = start();
        dead.add("b:2379");
        registry.failed(B, "refused", probe);
        members = members("a", "c");
        time.advance(Duration.ofSeconds(34));
        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, C);
        long before = probes();
        time.advance(Duration.ofHours(1));
        assertThat(probes()).isEqualTo(before);

        registry.failed(B, "a late failure", probe);
        assertThat(registry.snapshot().urls()).containsExactlyInAnyOrder(A, C);
        assertThat(registry.snapshot().available()).hasSize(2);
    }

    @Test
    void whenAllAreDownTheOneNearestToItsProbeComesFirst() {
        ClientUrlRegistry registry = start();
        dead.addAll(List.of("a:2379", "b:2379", "c:2379"));
        members = "down";
        registry.failed(C, "refused", probe);
        time.advance(Duration.ofMillis(1200));
        registry.failed(A, "refused", probe);
        time.advance(Duration.ofMillis(1200));
        registry.failed(B, "refused", probe);

        assertThat(registry.snapshot().urls()).containsExactly(C, A, B);
        assertThat(registry.snapshot().available()).isEmpty();
    }

    @Test
    void aFailurePullsTheNextRefreshForwardButNotWithinASecondOfTheLast() {
        ClientUrlRegistry registry = start();
        time.advance(Duration.ofSeconds(10));
        registry.failed(A, "refused", probe);
        registry.failed(B, "refused", probe);
        time.advance(Duration.ZERO);
        assertThat(refreshes()).isEqualTo(2);

        for (int i = 0; i < 50; i++) {
            registry.failed(A, "refused", probe);
            time.advance(Duration.ofMillis(100));
        }
        assertThat(refreshes()).isBetween(6L, 7L);
    }

    @Test
    void aFailureDuringARefreshIsFollowedByAnother() {
        ClientUrlRegistry registry = start();
        duringMembers = () -> registry.failed(B, "refused", probe);
        time.advance(Duration.ofSeconds(33));
        duringMembers = () -> {};
        long before = refreshes();
        time.advance(SECOND);

        assertThat(refreshes()).isEqualTo(before + 1);
    }

    @Test
    void aRefreshIsNeverRunTwiceAtOnce() {
        ClientUrlRegistry registry = start();
        AtomicInteger depth = new AtomicInteger();
        duringMembers = () -> {
            assertThat(depth.incrementAndGet()).isEqualTo(1);
            registry.failed(B, "refused", probe);
            time.advance(Duration.ofMinutes(1));
            depth.decrementAndGet();
        };
        time.advance(Duration.ofSeconds(33));
        assertThat(refreshes()).isGreaterThan(1);
    }

    @Test
    void aProbeThatThrowsAnythingIsRepeated() {
        ClientUrlRegistry registry = start();
        members = "down";
        throwing.add("b:2379");
        registry.failed(B, "refused", probe);
        time.advance(Duration.ofSeconds(6));
        assertThat(registry.snapshot().available()).doesNotContain(B);

        throwing.clear();
        time.advance(Duration.ofSeconds(12));
        assertThat(registry.snapshot().available()).contains(B);
    }

    @Test
    void probesDoNotPileUpWhenAMemberFlaps() {
        ClientUrlRegistry registry = start();
        long before = time.pending();
        for (int i = 0; i < 1000; i++) {
            registry.failed(B, "refused", probe);
            registry.succeeded(B, time.read());
        }
        assertThat(time.pending()).isEqualTo(before);
    }

    @Test
    void executorsThatRefuseFailNobodysCall() throws Exception {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .discovery(PeerDiscovery.initialCluster("x=http://x:2380"))
                .build();
        AtomicBoolean refuses = new AtomicBoolean();
        ClientUrlRegistry registry = ClientUrlRegistry.start(
                options,
                this::send,
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

        registry.failed(B, "refused", probe);
        time.advance(Duration.ofMinutes(1));
        assertThat(registry.snapshot().urls()).hasSize(3).endsWith(B);
    }

    @Test
    void awaitingAProxyThatHasBeenClosedFailsAlsoIfItHadBeenReady() throws Exception {
        ClientUrlRegistry registry = start();
        registry.awaitReady(Duration.ZERO);
        registry.close();

        assertThatThrownBy(() -> registry.awaitReady(Duration.ZERO))
                .isInstanceOf(NotReadyException.class)
                .hasMessageContaining("the proxy has been closed");
    }

    @Test
    void afterCloseNothingHappensAnyMore() {
        dead.addAll(List.of("x:2380", "a:2380"));
        ClientUrlRegistry registry = start();
        asked.clear();
        registry.close();
        registry.close();
        registry.failed(A, "refused", probe);
        time.advance(Duration.ofHours(1));

        assertThat(asked).isEmpty();
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
    void completingTheReadyFutureHasNoEffect() {
        dead.addAll(List.of("x:2380", "a:2380"));
        ClientUrlRegistry registry = start();
        registry.ready().toCompletableFuture().cancel(true);

        assertThat(registry.ready().toCompletableFuture()).isNotDone();
        dead.clear();
        time.advance(SECOND);
        assertThat(registry.ready().toCompletableFuture()).isCompletedWithValueMatching(ProxyStatus::isReady);
    }

    @Test
    void whenOffNobodyIsAskedAndNobodyWaits() throws Exception {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .mode(ProxyMode.OFF)
                .build();
        ClientUrlRegistry registry = ClientUrlRegistry.start(options, this::send, time.tasks());
        time.advance(Duration.ofMinutes(5));

        registry.awaitReady(Duration.ZERO);
        assertThat(asked).isEmpty();
    }
}
