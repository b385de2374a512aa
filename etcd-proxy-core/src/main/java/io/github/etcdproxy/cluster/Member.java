package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;

/**
 * A member as a peer's {@code GET /members} reports it (server/etcdserver/api/membership/member.go, etcd 3.5).
 * Immutable.
 *
 * @since 0.1
 */
public final class Member {
    private final long id;
    private final String name;
    private final List<EtcdUrl> peerUrls;
    private final List<EtcdUrl> clientUrls;
    private final boolean learner;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param id an unsigned 64-bit number; {@link #idHex} writes it as etcd does
     * @param name the name; empty until the member has started for the first time
     * @param peerUrls the peer URLs; unmodifiable
     * @param clientUrls the client URLs; unmodifiable, empty until the member has started for the first time
     * @param learner true for a non-voting member, which refuses most client requests
     */
    public Member(long id, String name, List<EtcdUrl> peerUrls, List<EtcdUrl> clientUrls, boolean learner) {
        this.id = id;
        this.name = name;
        this.peerUrls = List.copyOf(peerUrls);
        this.clientUrls = List.copyOf(clientUrls);
        this.learner = learner;
    }

    /**
     * The id as a number.
     *
     * @return an unsigned 64-bit number; {@link #idHex} writes it as etcd does
     */
    public long id() {
        return id;
    }

    /**
     * The name.
     *
     * @return the name; empty until the member has started for the first time
     */
    public String name() {
        return name;
    }

    /**
     * Where the other members reach it.
     *
     * @return the peer URLs; unmodifiable
     */
    public List<EtcdUrl> peerUrls() {
        return peerUrls;
    }

    /**
     * Where clients reach it.
     *
     * @return the client URLs; unmodifiable, empty until the member has started for the first time
     */
    public List<EtcdUrl> clientUrls() {
        return clientUrls;
    }

    /**
     * Whether it is a learner.
     *
     * @return true for a non-voting member, which refuses most client requests
     */
    public boolean learner() {
        return learner;
    }

    /**
     * The id as etcd's logs and tools write it.
     *
     * @return lower-case hexadecimal, without leading zeros
     */
    public String idHex() {
        return Long.toHexString(id);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Member that
                && id == that.id
                && name.equals(that.name)
                && peerUrls.equals(that.peerUrls)
                && clientUrls.equals(that.clientUrls)
                && learner == that.learner;
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, name, peerUrls, clientUrls, learner);
    }

    @Override
    public String toString() {
        return "Member[" + idHex() + ", " + name + ", " + peerUrls + ", " + clientUrls + (learner ? ", learner]" : "]");
    }
}
