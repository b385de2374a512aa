package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;

/**
 * A member as a peer's {@code GET /members} reports it (server/etcdserver/api/membership/member.go, etcd 3.5).
 *
 * @param id an unsigned 64-bit number; {@link #idHex} writes it as etcd does
 * @param name empty until the member has started for the first time
 * @param peerUrls where its peers reach it
 * @param clientUrls where clients reach it; empty until it has started for the first time
 * @param learner whether it is a non-voting learner, which refuses most client requests
 */
public record Member(long id, String name, List<EtcdUrl> peerUrls, List<EtcdUrl> clientUrls, boolean learner) {

    /** Copies the lists. */
    public Member {
        peerUrls = List.copyOf(peerUrls);
        clientUrls = List.copyOf(clientUrls);
    }

    /**
     * The id as etcd's logs and tools write it.
     *
     * @return lower-case hexadecimal, without leading zeros
     */
    public String idHex() {
        return Long.toHexString(id);
    }
}
