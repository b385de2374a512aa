package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;

/**
 * What one peer said of its cluster. Immutable.
 *
 * @param source the peer that said it
 * @param id the {@code X-Etcd-Cluster-ID} header as etcd writes it, in lower-case hexadecimal; empty where the answer had
 *     none
 * @param members all members, learners and those not yet started included; not empty
 */
public record Cluster(EtcdUrl source, String id, List<Member> members) {

    /** Copies the list. */
    public Cluster {
        members = List.copyOf(members);
    }

    /**
     * All peers, to be asked at the next refresh.
     *
     * @return the peer URLs of all members
     */
    public List<EtcdUrl> peerUrls() {
        return members.stream()
                .flatMap(member -> member.peerUrls().stream())
                .distinct()
                .toList();
    }

    /**
     * Where clients may be sent.
     *
     * @return the client URLs of the members that have published them and are no learners
     */
    public List<EtcdUrl> clientUrls() {
        return members.stream()
                .filter(member -> !member.learner())
                .flatMap(member -> member.clientUrls().stream())
                .distinct()
                .toList();
    }

    /**
     * Whether the picture is about to change by itself.
     *
     * @return whether a member has been added that has not published its client URLs yet
     */
    public boolean awaitsMember() {
        return members.stream().anyMatch(member -> member.clientUrls().isEmpty());
    }
}
