package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides which cluster a peer's response may come from. A different id means that the peer was moved to another
 * cluster, or that the cluster was restored from a backup.
 *
 * <p>A response with a different id is skipped in favour of any peer that still reports the old one. If no peer does,
 * and all that respond agree on one new id three consecutive times with a refresh interval in between, the new cluster
 * is adopted. (Failed calls may pull refreshes forward, and a short outage must not suffice.) Used by the refresh loop
 * only.
 */
final class ClusterIdRule {
    private static final int TIMES = 3;

    private final Duration interval;
    private final boolean strict;
    private final List<Cluster> othersInThisRound = new ArrayList<>();
    private boolean knownInThisRound;
    private String candidate = "";
    private int timesInARow;
    private long countedAt;

    /** {@code strict}: never adopt another cluster. */
    ClusterIdRule(Duration interval, boolean strict) {
        this.interval = interval;
        this.strict = strict;
    }

    /** The reason to reject a response; empty to accept it. A missing id is accepted. */
    Optional<String> objection(String knownId, Cluster cluster) {
        if (knownId.isEmpty() || cluster.id().isEmpty()) {
            return Optional.empty();
        }
        if (cluster.id().equals(knownId)) {
            knownInThisRound = true; // even if the response is rejected for another reason
            return Optional.empty();
        }
        if (strict) {
            return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                    + ", and strictClusterId is set: take this peer out of the configuration, or restart the application if"
                    + " the cluster was restored");
        }
        othersInThisRound.add(cluster);
        return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                + ": if the cluster was restored, this id is adopted after all peers that answer report it at " + TIMES
                + " consecutive refreshes; if not, take this peer out of the configuration");
    }

    /** Called before any peer is asked. */
    void roundBegins() {
        othersInThisRound.clear();
        knownInThisRound = false;
    }

    /** Called when a round has found a cluster. */
    void roundSucceeded() {
        timesInARow = 0;
    }

    /** Called when a round has found none; returns the cluster to adopt nevertheless. */
    Optional<Cluster> roundFailed(long now) {
        List<Cluster> others = othersInThisRound;
        if (knownInThisRound || others.stream().map(Cluster::id).distinct().count() != 1) {
            timesInARow = 0;
            return Optional.empty();
        }
        Cluster other = others.get(0);
        if (!other.id().equals(candidate)) {
            candidate = other.id();
            timesInARow = 0;
        }
        // The refresh interval is jittered by a tenth.
        if (timesInARow == 0 || now - countedAt >= interval.toNanos() / 10 * 8) {
            timesInARow++;
            countedAt = now;
        }
        return timesInARow >= TIMES ? Optional.of(other) : Optional.empty();
    }
}
