package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Decides which cluster a peer's response may come from. A different id means that the peer was moved to another
 * cluster, or that the cluster was restored from a backup.
 *
 * <p>A response with a different id is skipped in favor of any peer that still reports the old one. If no peer does,
 * and all that respond agree on one new id three consecutive times with a refresh interval in between, the new cluster
 * is adopted. (Failed calls may pull refreshes forward, and a short outage must not suffice.) Used by the refresh loop
 * only.
 */
final class ClusterIdRule {
    private static final int ROUNDS = 3;

    private final Duration interval;
    private final boolean strict;
    private String candidate = "";
    private int consecutiveRounds;
    private long countedAt;

    /** {@code strict}: never adopt another cluster. */
    ClusterIdRule(Duration interval, boolean strict) {
        this.interval = interval;
        this.strict = strict;
    }

    /** The reason to reject a response; empty to accept it. A missing id is accepted. */
    Optional<String> objection(String knownId, Cluster cluster) {
        if (!isOther(knownId, cluster)) {
            return Optional.empty();
        }
        if (strict) {
            return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                    + ", and strictClusterId is set: take this peer out of the configuration, or restart the application if"
                    + " the cluster was restored");
        }
        return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                + ": if the cluster was restored, this id is adopted after all peers that answer report it at " + ROUNDS
                + " consecutive refreshes; if not, take this peer out of the configuration");
    }

    private static boolean isOther(String knownId, Cluster cluster) {
        return !knownId.isEmpty() && !cluster.id().isEmpty() && !cluster.id().equals(knownId);
    }

    /** Called when a round has found a cluster. */
    void roundSucceeded() {
        consecutiveRounds = 0;
    }

    /** Called when a round has found none, with all responses; returns the cluster to adopt nevertheless. */
    Optional<Cluster> roundFailed(String knownId, List<Cluster> responses, long now) {
        List<Cluster> others = responses.stream()
                .filter(response -> isOther(knownId, response))
                .toList();
        boolean knownResponds = responses.stream().map(Cluster::id).anyMatch(id -> !id.isEmpty() && id.equals(knownId));
        if (strict
                || knownResponds
                || others.stream().map(Cluster::id).distinct().count() != 1) {
            consecutiveRounds = 0;
            return Optional.empty();
        }
        Cluster other = others.get(0);
        if (!other.id().equals(candidate)) {
            candidate = other.id();
            consecutiveRounds = 0;
        }
        // The refresh interval is jittered by a tenth.
        if (consecutiveRounds == 0 || now - countedAt >= interval.toNanos() / 10 * 8) {
            consecutiveRounds++;
            countedAt = now;
        }
        return consecutiveRounds >= ROUNDS ? Optional.of(other) : Optional.empty();
    }
}
