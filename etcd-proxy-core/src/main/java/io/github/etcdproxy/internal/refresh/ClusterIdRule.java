package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * From which cluster a peer's answer may come. Another id than before means a peer that was moved to another cluster, or a
 * cluster that was restored from a backup.
 *
 * <p>So an answer with another id is passed over, which leaves the word to any peer that still has the old one. When no peer
 * has it, and all that answer agree on one other, three times in a row with a refresh interval in between (failed calls may
 * bring refreshes closer together, and a short outage must not be enough), that is the cluster from now on. Used by the
 * refresh loop alone.
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

    /** {@code strict} never adopts. */
    ClusterIdRule(Duration interval, boolean strict) {
        this.interval = interval;
        this.strict = strict;
    }

    /** Why an answer can't be used; empty if it can. An id that is not known says nothing. */
    Optional<String> objection(String knownId, Cluster cluster) {
        if (knownId.isEmpty() || cluster.id().isEmpty()) {
            return Optional.empty();
        }
        if (cluster.id().equals(knownId)) {
            knownInThisRound = true; // though the answer may be of no use otherwise
            return Optional.empty();
        }
        if (strict) {
            return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                    + ", and strictClusterId is set: take this peer out of the configuration, or restart the application if"
                    + " the cluster was restored");
        }
        othersInThisRound.add(cluster);
        return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                + ": if that one was restored, it is adopted once all peers that answer have said so " + TIMES
                + " times in a row; if not, take this peer out of the configuration");
    }

    /** To be called before anybody is asked. */
    void roundBegins() {
        othersInThisRound.clear();
        knownInThisRound = false;
    }

    /** To be called when a round has brought a cluster. */
    void roundSucceeded() {
        timesInARow = 0;
    }

    /** To be called when a round has brought none; returns the answer that is adopted nevertheless. */
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
        // The refresh interval may be spread by a tenth.
        if (timesInARow == 0 || now - countedAt >= interval.toNanos() / 10 * 8) {
            timesInARow++;
            countedAt = now;
        }
        return timesInARow >= TIMES ? Optional.of(other) : Optional.empty();
    }
}
