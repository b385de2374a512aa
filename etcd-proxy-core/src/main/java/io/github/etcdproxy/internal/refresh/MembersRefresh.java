package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.ShortList;
import io.github.etcdproxy.internal.members.MembersClient;
import io.github.etcdproxy.internal.members.NoPeerAnsweredException;
import io.github.etcdproxy.internal.snapshot.LastKnownGood;
import io.github.etcdproxy.internal.snapshot.Snapshot;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the members up to date: in each round, asks the peers and adopts the first acceptable response. Rounds never
 * overlap. Thread safe.
 */
public final class MembersRefresh implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MembersRefresh.class);

    /** How long a peer may take, as in etcd (server/etcdserver/cluster_util.go, 3.5). */
    private static final Duration EXCHANGE = Duration.ofSeconds(10);

    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final MembersClient members;
    private final RefreshLoop loop;
    private final PeerLookup peerLookup;
    private final RememberedPeers rememberedPeers;
    private final ClusterIdRule clusterIdRule;
    private final TrustRules trustRules;
    private final LastKnownGood lastKnownGood;
    private final Runnable refreshed;
    private volatile boolean closed;

    /** Written by rounds only, read by any thread. */
    private volatile State state = new State(null, null, null, 0, 0, "");

    /**
     * The result of the refreshes so far.
     *
     * @param peers the peers to ask next; null until some are known
     * @param succeededAt the ticker's reading at the last success; null if there was none
     * @param failure why the last refresh failed; null if it succeeded
     * @param starting the number of consecutive refreshes in which no member had published its client URLs
     * @param awaited the number of consecutive refreshes that showed a member without client URLs
     * @param dropped why some of the advertised client URLs are not used; empty if all are
     */
    public record State(
            @Nullable Peers peers,
            @Nullable Long succeededAt,
            @Nullable IOException failure,
            int starting,
            int awaited,
            String dropped) {

        State asking(Peers others) {
            return new State(others, succeededAt, failure, starting, awaited, dropped);
        }

        State failed(IOException newFailure, boolean clusterIsStarting) {
            return new State(peers, succeededAt, newFailure, clusterIsStarting ? starting + 1 : 0, awaited, dropped);
        }

        State succeeded(@Nullable Peers next, long now, boolean awaitsMember, String nowDropped) {
            return new State(next, now, null, 0, awaitsMember ? awaited + 1 : 0, nowDropped);
        }
    }

    /** {@code refreshed} runs after each successful refresh. */
    public MembersRefresh(
            ProxyOptions options,
            PeerTransport transport,
            TaskRunner tasks,
            LastKnownGood lastKnownGood,
            Runnable refreshed) {
        this.options = options;
        this.tasks = tasks;
        this.members = new MembersClient(transport, options.dialTimeout(), EXCHANGE);
        this.loop = new RefreshLoop(tasks, this::runRound);
        this.peerLookup = new PeerLookup(options, transport, tasks, loop::pullForward);
        this.rememberedPeers = new RememberedPeers(options);
        this.clusterIdRule = new ClusterIdRule(options.refreshInterval(), options.strictClusterId());
        this.trustRules = TrustRules.of(options);
        this.lastKnownGood = lastKnownGood;
        this.refreshed = refreshed;
    }

    /** Begins the first round, on another thread. */
    public void start() {
        loop.start();
    }

    /** Pulls the next round forward, but not closer than a second to the last one. */
    public void pullForward() {
        loop.pullForward();
    }

    /** What the source waits for; empty if it is not running or has not reported anything. */
    public Optional<String> waitingFor() {
        return Optional.ofNullable(peerLookup.waitingFor());
    }

    public State state() {
        return state;
    }

    /** From now on nothing is adopted, and failures, which closing causes, are not logged. */
    @Override
    public void close() {
        closed = true;
        peerLookup.close();
        loop.close();
        rememberedPeers.close();
    }

    private Duration runRound() throws InterruptedException {
        String knownId = lastKnownGood.get().clusterId();
        RefreshRound round = new RefreshRound(members, clusterIdRule, trustRules, knownId);
        try {
            adopt(fetch(round));
        } catch (InterruptedException e) {
            if (closed) {
                throw e;
            }
            reportFailure(new IOException("the source of peers was interrupted", e), round);
        } catch (IOException e) {
            reportFailure(e, round);
            clusterIdRule.roundFailed(knownId, round.responses(), tasks.now()).ifPresent(this::adoptReplacement);
        }
        return RefreshSchedule.next(
                !lastKnownGood.get().isEmpty(),
                state.starting(),
                state.failure() == null ? state.awaited() : 0,
                options.refreshInterval(),
                tasks.random());
    }

    /** Asks the known peers and, if none responds, those that the configured source finds. */
    private TrustRules.Judgment fetch(RefreshRound round) throws IOException, InterruptedException {
        Peers known = state.peers();
        if (known == null) {
            known = rememberedPeers.recall().orElse(null);
        }
        if (known == null) {
            Peers found = peerLookup.find();
            state = state.asking(found);
            return round.ask(found);
        }
        state = state.asking(known);
        try {
            return round.ask(known);
        } catch (NoPeerAnsweredException ofKnown) {
            if (round.clusterIsStarting() && RefreshSchedule.isAboutToBeReady(state.starting() + 1)) {
                throw ofKnown; // the cluster exists
            }
            return round.askOthers(known, ofKnown, peerLookup);
        }
    }

    private void adoptReplacement(Cluster other) {
        TrustRules.Judgment judgment = trustRules.judge(other);
        if (judgment.objection().isEmpty()) {
            adopt(judgment);
        }
    }

    private void adopt(TrustRules.Judgment judgment) {
        clusterIdRule.roundSucceeded();
        if (closed) {
            return;
        }
        Cluster cluster = judgment.cluster();
        List<EtcdUrl> urls = judgment.trusted();
        Peers peers = peersAfter(cluster, urls);
        peerLookup.succeeded();
        String knownId = lastKnownGood.get().clusterId();
        if (!knownId.isEmpty() && !cluster.id().isEmpty() && !knownId.equals(cluster.id())) {
            log.warn("Cluster {} has replaced cluster {}", cluster.id(), knownId);
        }
        if (state.failure() != null && !lastKnownGood.get().isEmpty()) {
            log.info("Refreshing the members works again");
        }
        Snapshot before = lastKnownGood.adopt(cluster, urls, tasks.random());
        state = state.succeeded(peers, tasks.now(), cluster.awaitsMember(), judgment.dropped());
        if (!Set.copyOf(before.urls()).equals(Set.copyOf(urls))) {
            String dropped = judgment.dropped();
            log.info(
                    "Cluster {} has the client URLs [{}]{}",
                    cluster.id(),
                    ShortList.join(urls, ", "),
                    dropped.isEmpty() ? "" : "; " + dropped);
            options.listener().membersChanged(new ChangedMembers(cluster, urls));
        }
        refreshed.run();
        if (peers != null) {
            rememberedPeers.remember(peers);
        }
    }

    /**
     * The peers to ask after a cluster was adopted: those that it lists, on the same kind of port and with the same
     * server name.
     */
    private @Nullable Peers peersAfter(Cluster cluster, List<EtcdUrl> clientUrls) {
        Peers asked = peerLookup
                .lastFound()
                .filter(found -> found.urls().contains(cluster.source()))
                .orElse(state.peers());
        if (asked == null) {
            return null;
        }
        List<EtcdUrl> next = asked.port() == Peers.Port.CLIENT ? clientUrls : cluster.peerUrls();
        return next.isEmpty() ? asked : asked.at(next);
    }

    private void reportFailure(IOException failure, RefreshRound round) {
        IOException before = state.failure();
        state = state.failed(failure, round.clusterIsStarting());
        if (closed) {
            return;
        }
        if (before == null) {
            boolean known = !lastKnownGood.get().isEmpty();
            log.warn(
                    "Refreshing the members failed; {}; trying again every {}: {}",
                    known ? "the last known ones stay in use" : "none are known yet",
                    known ? options.refreshInterval() : RefreshSchedule.soon(options.refreshInterval()),
                    ErrorText.of(failure));
        }
        options.listener().refreshFailed(new FailedRefresh(ErrorText.of(failure)));
    }
}
