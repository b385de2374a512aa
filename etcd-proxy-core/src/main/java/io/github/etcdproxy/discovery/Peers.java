package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The servers that can list a cluster's members, and how to ask them. Immutable.
 *
 * @param urls the URLs in the order in which to ask them; without duplicates, not empty
 * @param port which of the members' ports they are
 * @param serverName the name for which the certificates of https peers must be valid if the client trusts the
 *     platform's certificate authorities; empty for each peer's own host. See {@link PeerDiscovery#dnsSrv}
 * @since 0.1
 */
public record Peers(List<EtcdUrl> urls, Port port, Optional<String> serverName) {

    /** A kind of port. */
    public enum Port {
        /** The port for traffic between members. It serves {@code GET /members} in every release of etcd 2 and 3. */
        PEER,
        /** The port for clients. It serves {@code GET /v2/members} or {@code POST /v3/cluster/member/list}. */
        CLIENT
    }

    /**
     * Validates and copies the list.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public Peers {
        if (urls.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("a peer that is null: leave it out");
        }
        urls = urls.stream().distinct().toList();
        if (urls.isEmpty()) {
            throw new IllegalArgumentException(
                    "no peer: name one, or throw an IOException that says why there is none");
        }
    }

    /**
     * Peers at their peer URLs.
     *
     * @param urls not empty; duplicates are dropped
     * @return peers whose certificates are verified for their own hosts
     */
    public static Peers of(List<EtcdUrl> urls) {
        return new Peers(urls, Port.PEER, Optional.empty());
    }

    /**
     * Members at their client URLs.
     *
     * @param urls not empty; duplicates are dropped
     * @return members whose certificates are verified for their own hosts
     */
    public static Peers atClientPorts(List<EtcdUrl> urls) {
        return new Peers(urls, Port.CLIENT, Optional.empty());
    }

    /**
     * Returns peers of the same kind at other URLs.
     *
     * @param others not empty
     * @return new peers
     */
    public Peers at(List<EtcdUrl> others) {
        return new Peers(others, port, serverName);
    }

    /**
     * Returns the peers that have not been asked yet in the same way.
     *
     * @param asked the peers already asked; the same URL with another port kind or server name counts as not asked
     * @return the rest; empty if there is none
     */
    public Optional<Peers> without(Peers asked) {
        if (port != asked.port || !serverName.equals(asked.serverName)) {
            return Optional.of(this);
        }
        Set<EtcdUrl> before = Set.copyOf(asked.urls);
        List<EtcdUrl> rest = urls.stream().filter(url -> !before.contains(url)).toList();
        return rest.isEmpty() ? Optional.empty() : Optional.of(at(rest));
    }
}
