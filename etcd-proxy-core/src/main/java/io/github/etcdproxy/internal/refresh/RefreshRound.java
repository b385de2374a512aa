package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.members.MembersClient;
import io.github.etcdproxy.internal.members.NoPeerAnsweredException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One refresh: asks peers until one gives an acceptable response, and collects what all of them said. Used once, by
 * one thread.
 */
final class RefreshRound {
    private final MembersClient members;
    private final ClusterIdRule clusterIdRule;
    private final TrustRules trustRules;
    private final String knownId;
    private final List<Cluster> responses = new ArrayList<>();
    private boolean clusterIsStarting;

    /** {@code knownId}: the id of the cluster in use; empty if none is known. */
    RefreshRound(MembersClient members, ClusterIdRule clusterIdRule, TrustRules trustRules, String knownId) {
        this.members = members;
        this.clusterIdRule = clusterIdRule;
        this.trustRules = trustRules;
        this.knownId = knownId;
    }

    /** Asks peers; returns the judgment of the first acceptable response. */
    TrustRules.Judgment ask(Peers peers) throws NoPeerAnsweredException, InterruptedException {
        return members.fetch(peers, this::evaluate);
    }

    private TrustRules.Judgment evaluate(Cluster cluster) throws IOException {
        responses.add(cluster);
        reject(clusterIdRule.objection(knownId, cluster));
        clusterIsStarting |=
                cluster.clientUrls().isEmpty() && cluster.unusableUrls().isEmpty();
        TrustRules.Judgment judgment = trustRules.judge(cluster); // once: the user's rule may not be deterministic
        reject(judgment.objection());
        return judgment;
    }

    private static void reject(Optional<String> objection) throws IOException {
        if (objection.isPresent()) {
            throw new IOException(objection.get());
        }
    }

    /**
     * Asks other peers, after the known ones gave no acceptable response: first those that the source found earlier,
     * which may be reachable even if the advertised ones are not; then those that it finds now.
     */
    TrustRules.Judgment askOthers(Peers known, NoPeerAnsweredException ofKnown, PeerLookup source)
            throws IOException, InterruptedException {
        NoPeerAnsweredException failed = ofKnown;
        Optional<Peers> before = source.lastFound();
        Optional<Peers> foundBefore = before.flatMap(peers -> peers.without(known));
        if (foundBefore.isPresent()) {
            try {
                return ask(foundBefore.get());
            } catch (NoPeerAnsweredException ofFound) {
                failed = failed.and(ofFound);
            }
        }
        try {
            Optional<Peers> others = source.findWithoutWaiting()
                    .flatMap(peers -> peers.without(known))
                    .flatMap(peers -> before.isPresent() ? peers.without(before.get()) : Optional.of(peers));
            if (others.isPresent()) {
                return ask(others.get());
            }
        } catch (IOException ofOthers) {
            throw failed.and(ofOthers);
        }
        throw failed;
    }

    /** All responses, rejected ones included. */
    List<Cluster> responses() {
        return responses;
    }

    /** Whether a peer reported that no member has published its client URLs yet. */
    boolean clusterIsStarting() {
        return clusterIsStarting;
    }
}
