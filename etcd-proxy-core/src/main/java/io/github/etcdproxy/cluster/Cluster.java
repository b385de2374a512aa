package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;

/**
 * A cluster as one peer reported it. Immutable.
 *
 * @param source the peer that reported it
 * @param id the {@code X-Etcd-Cluster-ID} header as etcd writes it, in lower-case hexadecimal; empty if the response
 *     had none
 * @param members all members, learners and those not yet started included; not empty
 */
public record Cluster(EtcdUrl source, String id, List<Member> members) {

    /** Copies the list. */
    public Cluster {
        members = List.copyOf(members);
    }

    /**
     * The peer URLs of all members, which the next refresh asks.
     *
     * @return the URLs, without duplicates
     */
    public List<EtcdUrl> peerUrls() {
        return members.stream()
                .flatMap(member -> member.peerUrls().stream())
                .distinct()
                .toList();
    }

    /**
     * The client URLs to which calls may be forwarded.
     *
     * @return the URLs of all members but learners; a member that has not published its client URLs has none
     */
    public List<EtcdUrl> clientUrls() {
        return members.stream()
                .filter(member -> !member.learner())
                .flatMap(member -> member.clientUrls().stream())
                .distinct()
                .toList();
    }

    /**
     * Whether a member has been added but has not started yet, so that the client URLs are about to change.
     *
     * @return true if a member has not published its client URLs
     */
    public boolean awaitsMember() {
        return members.stream().anyMatch(member -> member.clientUrls().isEmpty());
    }
}
