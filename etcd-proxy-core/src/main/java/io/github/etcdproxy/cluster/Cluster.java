package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;

/**
 * A cluster as one peer reported it. Immutable.
 *
 * @since 0.1
 */
public final class Cluster {
    private final EtcdUrl source;
    private final String id;
    private final List<Member> members;
    private final List<String> unusableUrls;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param source its URL
     * @param id the {@code X-Etcd-Cluster-ID} header in lower-case hexadecimal; empty if the response had none
     * @param members all members, learners and those not yet started included; unmodifiable
     */
    public Cluster(EtcdUrl source, String id, List<Member> members) {
        this(source, id, members, List.of());
    }

    /**
     * Creates one of which some client URLs can't be used.
     *
     * @param source its URL
     * @param id the {@code X-Etcd-Cluster-ID} header in lower-case hexadecimal; empty if the response had none
     * @param members all members, learners and those not yet started included; unmodifiable
     * @param unusableUrls each of these client URLs, and why it can't be used
     */
    public Cluster(EtcdUrl source, String id, List<Member> members, List<String> unusableUrls) {
        this.source = source;
        this.id = id;
        this.members = List.copyOf(members);
        this.unusableUrls = List.copyOf(unusableUrls);
    }

    /**
     * The peer that reported the cluster.
     *
     * @return its URL
     */
    public EtcdUrl source() {
        return source;
    }

    /**
     * The cluster's id.
     *
     * @return the {@code X-Etcd-Cluster-ID} header in lower-case hexadecimal; empty if the response had none
     */
    public String id() {
        return id;
    }

    /**
     * The members.
     *
     * @return all members, learners and those not yet started included; unmodifiable
     */
    public List<Member> members() {
        return members;
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
     * The advertised client URLs that can't be used, such as Unix sockets, which the members don't have in their lists.
     *
     * @return each of them with the reason, on one line; unmodifiable
     */
    public List<String> unusableUrls() {
        return unusableUrls;
    }

    /**
     * Whether a member has been added but has not started yet, so that the client URLs are about to change.
     *
     * @return true if a member has not published its client URLs
     */
    public boolean awaitsMember() {
        return members.stream().anyMatch(member -> member.clientUrls().isEmpty());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cluster that
                && source.equals(that.source)
                && id.equals(that.id)
                && members.equals(that.members)
                && unusableUrls.equals(that.unusableUrls);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source, id, members, unusableUrls);
    }

    @Override
    public String toString() {
        return "Cluster[" + source + ", " + id + ", " + members + "]";
    }
}
