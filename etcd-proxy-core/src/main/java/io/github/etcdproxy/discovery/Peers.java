package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Who can be asked for the members of a cluster, and how. Immutable.
 *
 * @param urls where to ask, in this order; without duplicates, not empty
 * @param port what listens there
 * @param serverName the name for which the certificates of https peers must be valid where the client that reaches them
 *     trusts the platform's certificate authorities; empty if it is each one's own host. See {@link
 *     PeerDiscovery#dnsSrv}
 */
public record Peers(List<EtcdUrl> urls, Port port, Optional<String> serverName) {

    /** What listens at a URL. */
    public enum Port {
        /** Where members talk among themselves. It serves {@code GET /members}, in every release of etcd 2 and 3. */
        PEER,
        /** Where clients are served: by {@code GET /v2/members} and {@code POST /v3/cluster/member/list}. */
        CLIENT
    }

    /**
     * Checks and copies the list.
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
     * The same kind of peers at other URLs.
     *
     * @param others not empty
     * @return new peers
     */
    public Peers at(List<EtcdUrl> others) {
        return new Peers(others, port, serverName);
    }

    /**
     * Those that have not been asked yet in this way.
     *
     * @param asked who has been asked; peers at another port, or that had to prove another name, are others
     * @return the rest; empty if there is none
     */
    public Optional<Peers> without(Peers asked) {
        if (port != asked.port || !serverName.equals(asked.serverName)) {
            return Optional.of(this);
        }
        List<EtcdUrl> rest =
                urls.stream().filter(url -> !asked.urls.contains(url)).toList();
        return rest.isEmpty() ? Optional.empty() : Optional.of(at(rest));
    }
}
