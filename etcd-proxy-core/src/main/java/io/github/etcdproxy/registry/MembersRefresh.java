package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.MembersClient;
import io.github.etcdproxy.cluster.NoPeerAnsweredException;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Background;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One refresh after another: asks the peers for the members and has what can be used adopted. Run by the refresh loop alone,
 * one round at a time; its state can be read by anybody.
 */
final class MembersRefresh implements RefreshLoop.Round {
    private static final Logger log = LoggerFactory.getLogger(MembersRefresh.class);

    private final ProxyOptions options;
    private final Background background;
    private final MembersClient members;
    private final PeerLookup peerLookup;
    private final ClusterIdRule clusterIdRule;
    private final TrustRules trustRules;
    private final LastKnownGood lastKnownGood;
    private final Runnable refreshed;
    private volatile boolean closed;
    private volatile State state = new State(List.of(), null, null, 0);

    /**
     * What the refreshes so far have come to.
     *
     * @param peers whom to ask next; empty until a peer has said who they are
     * @param succeededAt the ticker's reading at the last success; null if there was none
     * @param failure why the last refresh brought nothing; null if it succeeded
     * @param awaited how many refreshes in a row have shown a member without client URLs
     */
    record State(
            List<EtcdUrl> peers,
            @Nullable Long succeededAt,
            @Nullable IOException failure,
            int awaited) {}

    /**
     * {@code refreshed} is run after each refresh that brought members, {@code peersFound} when the source has found peers
     * behind the back of a round.
     */
    MembersRefresh(
            ProxyOptions options,
            PeerTransport transport,
            Background background,
            MembersClient members,
            LastKnownGood lastKnownGood,
            Runnable refreshed,
            Runnable peersFound) {
        this.options = options;
        this.background = background;
        this.members = members;
        this.peerLookup = new PeerLookup(options, transport, background, peersFound);
        this.clusterIdRule = new ClusterIdRule(options.refreshInterval());
        this.trustRules = TrustRules.of(options.listenClientUrls());
        this.lastKnownGood = lastKnownGood;
        this.refreshed = refreshed;
    }

    /** Says that failures are due to our own end from now on, and not worth a word. */
    void close() {
        closed = true;
    }

    State state() {
        return state;
    }

    @Override
    public Duration run() throws InterruptedException {
        try {
            adopt(fetch());
            clusterIdRule.roundSucceeded();
        } catch (InterruptedException e) {
            if (closed) {
                throw e;
            }
            reportFailure(new IOException("the source of peers was interrupted", e));
        } catch (IOException e) {
            reportFailure(e);
            clusterIdRule
                    .roundFailed(background.now())
                    .filter(other -> trustRules.objection(other).isEmpty())
                    .ifPresent(other -> {
                        adopt(other);
                        clusterIdRule.roundSucceeded();
                    });
        }
        return RefreshSchedule.next(
                !lastKnownGood.get().isEmpty(), state.awaited(), options.refreshInterval(), background.random());
    }

    /** Asks the peers known so far, and when none of them answers, those that the configured source finds. */
    private Cluster fetch() throws IOException, InterruptedException {
        List<EtcdUrl> known = state.peers();
        if (known.isEmpty()) {
            return members.fetch(peerLookup.find(), this::objection);
        }
        try {
            return members.fetch(known, this::objection);
        } catch (NoPeerAnsweredException ofKnown) {
            return fetchFromOthers(known, ofKnown);
        }
    }

    private Optional<String> objection(Cluster cluster) {
        return clusterIdRule
                .objection(lastKnownGood.get().clusterId(), cluster)
                .or(() -> trustRules.objection(cluster));
    }

    private Cluster fetchFromOthers(List<EtcdUrl> known, NoPeerAnsweredException ofKnown)
            throws IOException, InterruptedException {
        try {
            List<EtcdUrl> others = new ArrayList<>(peerLookup.findWithoutWaiting());
            others.removeAll(known);
            if (!others.isEmpty()) {
                return members.fetch(others, this::objection);
            }
        } catch (IOException ofOthers) {
            throw ofKnown.and(ofOthers);
        }
        throw ofKnown;
    }

    private void adopt(Cluster cluster) {
        List<EtcdUrl> urls = trustRules.trusted(cluster.clientUrls());
        List<EtcdUrl> peers = cluster.peerUrls().isEmpty() ? state.peers() : cluster.peerUrls();
        int awaited = cluster.awaitsMember() ? state.awaited() + 1 : 0;
        String knownId = lastKnownGood.get().clusterId();
        if (!knownId.isEmpty() && !cluster.id().isEmpty() && !knownId.equals(cluster.id())) {
            log.warn("Cluster {} has taken the place of cluster {}", cluster.id(), knownId);
        }
        if (state.failure() != null && !lastKnownGood.get().isEmpty()) {
            log.info("Refreshing the members works again");
        }
        Snapshot before = lastKnownGood.adopt(cluster, urls, background.random());
        state = new State(peers, background.now(), null, awaited);
        if (!Set.copyOf(before.urls()).equals(Set.copyOf(urls))) {
            String dropped = trustRules.objections(cluster.clientUrls());
            log.info(
                    "Cluster {} has the client URLs {}{}", cluster.id(), urls, dropped.isEmpty() ? "" : "; " + dropped);
            options.listener().membersChanged(cluster, List.copyOf(urls));
        }
        refreshed.run();
    }

    private void reportFailure(IOException failure) {
        IOException before = state.failure();
        if (before == null && !closed) {
            log.warn(
                    "Refreshing the members failed; {}: {}",
                    lastKnownGood.get().isEmpty() ? "none is known yet" : "the last known ones stay",
                    Reason.of(failure));
        }
        state = new State(state.peers(), state.succeededAt(), failure, state.awaited());
        if (!closed) {
            options.listener().refreshFailed(Reason.of(failure));
        }
    }
}
