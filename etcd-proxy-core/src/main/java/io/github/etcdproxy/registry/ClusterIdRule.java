package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.Cluster;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * From which cluster a peer's answer may come. Another id than before means a peer that was moved to another cluster, or a
 * cluster that was restored from a backup. So an answer with another id is passed over, which leaves the word to any peer that
 * still has the old one; and when in three rounds in a row no peer has it, and all that answer agree on one other, that is the
 * cluster from now on. Used by the refresh loop alone.
 */
final class ClusterIdRule {
    private static final int ROUNDS = 3;

    private final Set<String> othersInThisRound = new HashSet<>();
    private String candidate = "";
    private int roundsInARow;

    /** Why an answer can't be used; empty if it can. An id that is not known says nothing. */
    Optional<String> objection(String knownId, Cluster cluster) {
        if (knownId.isEmpty() || cluster.id().isEmpty() || cluster.id().equals(knownId) || isAdopted(cluster.id())) {
            return Optional.empty();
        }
        othersInThisRound.add(cluster.id());
        return Optional.of("answered for cluster " + cluster.id() + " instead of " + knownId
                + ": if that one was restored, it is adopted once all peers have said so " + ROUNDS
                + " times in a row; if not, take this peer out of the configuration");
    }

    private boolean isAdopted(String id) {
        return roundsInARow == ROUNDS && id.equals(candidate);
    }

    /** To be called when a round has brought a cluster. */
    void roundSucceeded() {
        othersInThisRound.clear();
        roundsInARow = 0;
    }

    /** To be called when a round has brought none; returns whether another cluster is adopted because of it. */
    boolean roundFailed() {
        String other =
                othersInThisRound.size() == 1 ? othersInThisRound.iterator().next() : "";
        othersInThisRound.clear();
        if (other.isEmpty()) {
            roundsInARow = 0;
            return false;
        }
        roundsInARow = other.equals(candidate) ? roundsInARow + 1 : 1;
        candidate = other;
        return roundsInARow == ROUNDS;
    }
}
