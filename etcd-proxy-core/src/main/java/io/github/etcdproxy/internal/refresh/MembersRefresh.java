package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.internal.failure.ErrorText;
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
 * Refreshes the members: asks the peers and adopts the first acceptable response. Run by the refresh loop only, one
 * round at a time; its state can be read by any thread.
 */
public final class MembersRefresh implements RefreshLoop.Round {
    private static final Logger log = LoggerFactory.getLogger(MembersRefresh.class);

    /** How many rounds, half a minute in all, a cluster may take to start before the source is asked for others. */
    private static final int PATIENT = 60;

    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final MembersClient members;
    private final PeerLookup peerLookup;
    private final RememberedPeers peerMemory;
    private final ClusterIdRule clusterIdRule;
    private final TrustRules trustRules;
    private final LastKnownGood lastKnownGood;
    private final Runnable refreshed;
    private volatile boolean closed;
    private volatile State state = new State(null, null, null, 0);

    /** The peers that the source found last; null if they were unusable. */
    private @Nullable Peers found;

    /** The trust rules' judgment of the last response. */
    private TrustRules.Judgment judgment = new TrustRules.Judgment(List.of(), "");

    /** Whether a peer reported in this round that no member has published its client URLs yet. */
    private boolean starting;

    /** The number of consecutive such rounds. */
    private int startingInARow;

    /**
     * The result of the refreshes so far.
     *
     * @param peers the peers to ask next; null until some are known
     * @param succeededAt the ticker's reading at the last success; null if there was none
     * @param failure why the last refresh failed; null if it succeeded
     * @param awaited the number of consecutive refreshes that showed a member without client URLs
     */
    public record State(
            @Nullable Peers peers,
            @Nullable Long succeededAt,
            @Nullable IOException failure,
            int awaited) {

        State asking(Peers others) {
            return new State(others, succeededAt, failure, awaited);
        }
    }

    /**
     * {@code refreshed} runs after each successful refresh, {@code peersFound} when a lookup finishes after its round
     * has ended.
     */
    public MembersRefresh(
            ProxyOptions options,
            PeerTransport transport,
            TaskRunner tasks,
            MembersClient members,
            LastKnownGood lastKnownGood,
            Runnable refreshed,
            Runnable peersFound) {
        this.options = options;
        this.tasks = tasks;
        this.members = members;
        this.peerLookup = new PeerLookup(options, transport, tasks, peersFound);
        this.peerMemory = new RememberedPeers(options);
        this.clusterIdRule = new ClusterIdRule(options.refreshInterval(), options.strictClusterId());
        this.trustRules = TrustRules.of(options);
        this.lastKnownGood = lastKnownGood;
        this.refreshed = refreshed;
    }

    /** What the source waits for; empty if it is not running or has not reported anything. */
    public Optional<String> waitingFor() {
        return Optional.ofNullable(peerLookup.waitingFor());
    }

    /** From now on nothing is adopted, and failures, which closing causes, are not logged. */
    public void close() {
        closed = true;
        peerLookup.close();
    }

    public State state() {
        return state;
    }

    @Override
    public Duration run() throws InterruptedException {
        try {
            Cluster cluster = fetch();
            adopt(cluster, judgment);
            clusterIdRule.roundSucceeded();
        } catch (InterruptedException e) {
            if (closed) {
                throw e;
            }
            reportFailure(new IOException("the source of peers was interrupted", e));
        } catch (IOException e) {
            reportFailure(e);
            clusterIdRule.roundFailed(tasks.now()).ifPresent(this::adoptRestored);
        }
        return RefreshSchedule.next(
                !lastKnownGood.get().isEmpty(),
                starting && startingInARow <= PATIENT,
                state.failure() == null ? state.awaited() : 0,
                options.refreshInterval(),
                tasks.random());
    }

    private void adoptRestored(Cluster other) {
        TrustRules.Judgment ofOther = trustRules.judge(other);
        if (ofOther.objection().isEmpty()) {
            adopt(other, ofOther);
            clusterIdRule.roundSucceeded();
        }
    }

    /** Asks the known peers and, if none responds, those that the configured source finds. */
    private Cluster fetch() throws IOException, InterruptedException {
        starting = false;
        clusterIdRule.roundBegins();
        Peers known = state.peers();
        if (known == null) {
            known = peerMemory.recall().orElse(null);
        }
        if (known == null) {
            known = peerLookup.find();
            found = known;
            state = state.asking(known);
            return members.fetch(known, this::objection);
        }
        state = state.asking(known);
        try {
            return members.fetch(known, this::objection);
        } catch (NoPeerAnsweredException ofKnown) {
            startingInARow = starting ? startingInARow + 1 : 0;
            if (starting && startingInARow <= PATIENT) {
                throw ofKnown; // the cluster exists and is about to be ready
            }
            return fetchFromOthers(known, ofKnown);
        }
    }

    private Optional<String> objection(Cluster cluster) {
        Optional<String> ofId = clusterIdRule.objection(lastKnownGood.get().clusterId(), cluster);
        if (ofId.isPresent()) {
            return ofId;
        }
        // Judged once, since the user's rule may not be deterministic.
        judgment = trustRules.judge(cluster);
        if (cluster.clientUrls().isEmpty()) {
            starting = true;
        }
        return judgment.objection();
    }

    /** First the peers that the source found earlier, which may be reachable even if the advertised ones are not. */
    private Cluster fetchFromOthers(Peers known, NoPeerAnsweredException ofKnown)
            throws IOException, InterruptedException {
        NoPeerAnsweredException failed = ofKnown;
        Peers before = found;
        Optional<Peers> foundBefore = Optional.ofNullable(before).flatMap(peers -> peers.without(known));
        if (foundBefore.isPresent()) {
            try {
                return members.fetch(foundBefore.get(), this::objection);
            } catch (NoPeerAnsweredException ofFound) {
                failed = failed.and(ofFound);
            }
        }
        try {
            Optional<Peers> source = peerLookup.findWithoutWaiting();
            found = source.orElse(before);
            Optional<Peers> others = source.flatMap(peers -> peers.without(known))
                    .flatMap(peers -> before == null ? Optional.of(peers) : peers.without(before));
            if (others.isPresent()) {
                return members.fetch(others.get(), this::objection);
            }
        } catch (IOException ofOthers) {
            throw failed.and(ofOthers);
        }
        throw failed;
    }

    /**
     * The peers to ask after a cluster was adopted: those that it lists, on the same kind of port and with the same
     * server name.
     */
    private @Nullable Peers peersAfter(Cluster cluster, List<EtcdUrl> clientUrls) {
        boolean fromSource = found != null && found.urls().contains(cluster.source());
        Peers asked = fromSource ? found : state.peers();
        if (asked == null) {
            return null;
        }
        List<EtcdUrl> next = asked.port() == Peers.Port.CLIENT ? clientUrls : cluster.peerUrls();
        return next.isEmpty() ? asked : asked.at(next);
    }

    private void adopt(Cluster cluster, TrustRules.Judgment judgment) {
        if (closed) {
            return;
        }
        List<EtcdUrl> urls = judgment.trusted();
        Peers peers = peersAfter(cluster, urls);
        peerLookup.succeeded();
        startingInARow = 0;
        int awaited = cluster.awaitsMember() ? state.awaited() + 1 : 0;
        String knownId = lastKnownGood.get().clusterId();
        if (!knownId.isEmpty() && !cluster.id().isEmpty() && !knownId.equals(cluster.id())) {
            log.warn("Cluster {} has replaced cluster {}", cluster.id(), knownId);
        }
        if (state.failure() != null && !lastKnownGood.get().isEmpty()) {
            log.info("Refreshing the members works again");
        }
        Snapshot before = lastKnownGood.adopt(cluster, urls, tasks.random());
        state = new State(peers, tasks.now(), null, awaited);
        if (!Set.copyOf(before.urls()).equals(Set.copyOf(urls))) {
            String dropped = judgment.dropped();
            log.info(
                    "Cluster {} has the client URLs {}{}", cluster.id(), urls, dropped.isEmpty() ? "" : "; " + dropped);
            options.listener().membersChanged(new ChangedMembers(cluster, urls));
        }
        refreshed.run();
        if (peers != null) {
            peerMemory.remember(peers);
        }
    }

    private void reportFailure(IOException failure) {
        IOException before = state.failure();
        if (before == null && !closed) {
            boolean known = !lastKnownGood.get().isEmpty();
            log.warn(
                    "Refreshing the members failed; {}; trying again every {}: {}",
                    known ? "the last known ones stay in use" : "none are known yet",
                    known ? options.refreshInterval() : RefreshSchedule.soon(options.refreshInterval()),
                    ErrorText.of(failure));
        }
        state = new State(state.peers(), state.succeededAt(), failure, state.awaited());
        if (!closed) {
            options.listener().refreshFailed(new FailedRefresh(ErrorText.of(failure)));
        }
    }
}
