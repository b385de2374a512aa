package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.List;

/**
 * Finds the peer URLs of a cluster, any of which can then be asked for the members.
 *
 * <p>It is called at the start, and again whenever no known peer responds; so a source that reads live data, such as a
 * service catalogue, follows a cluster that has moved. Calls wait for it only until the first members are known.
 * Implementations are called by one thread at a time and may block.
 *
 * <p>A custom source implements one method, and sources compose:
 *
 * <pre>{@code
 * PeerDiscovery catalogue = context -> Peers.of(myCatalogue.peersOf("etcd"));
 * PeerDiscovery source = catalogue.orElse(PeerDiscovery.dnsSrv("example.com"));
 * }</pre>
 *
 * @since 0.1
 */
@FunctionalInterface
public interface PeerDiscovery {

    /**
     * Finds the peers.
     *
     * @param context what a source may use
     * @return the peers, in the order in which to ask them
     * @throws IOException if no peers can be found now; the message says why, on one line. The source is called again:
     *     while no member is known, after pauses that grow from one second to ten; otherwise at a later refresh
     * @throws InterruptedException if the thread was interrupted while waiting, for example because the proxy was
     *     closed
     */
    Peers discover(DiscoveryContext context) throws IOException, InterruptedException;

    /**
     * Returns a source that asks another one if this one finds no peers.
     *
     * @param other asked whenever this one throws an {@link IOException}
     * @return a source whose exception has the reasons of both
     */
    default PeerDiscovery orElse(PeerDiscovery other) {
        return new OrElseDiscovery(this, other);
    }

    /**
     * The peers of a static list, in the form of etcd's {@code --initial-cluster}.
     *
     * <p>Mirrors {@code NewURLsMap} (client/pkg/types/urlsmap.go, etcd 3.5): items are separated by commas, empty ones
     * are skipped, the first {@code =} ends the name, a name may be given several times.
     *
     * @param initialCluster for example {@code infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380}
     * @return a source that always finds these peers
     * @throws IllegalArgumentException if an item has no {@code =}, a URL is malformed, or there are no items; the
     *     message names the item and says what to write
     */
    static PeerDiscovery initialCluster(String initialCluster) {
        return new StaticPeers(Peers.of(InitialCluster.parse(initialCluster).urls()), "initial-cluster");
    }

    /**
     * etcd's default: peers on this machine, at the peer ports of etcd 2 and later and of earlier releases.
     *
     * @return a source that always finds {@code http://localhost:2380} and {@code http://localhost:7001}
     */
    static PeerDiscovery localhost() {
        return new StaticPeers(
                Peers.of(List.of(EtcdUrl.of("http://localhost:2380"), EtcdUrl.of("http://localhost:7001"))),
                "the defaults");
    }

    /**
     * Members at their client URLs, for applications that can't reach the peer ports. They list the members by {@code
     * POST /v3/cluster/member/list} or {@code GET /v2/members}, whichever they serve.
     *
     * @param urls for example {@code http://10.0.1.10:2379}; each may be a comma-separated list
     * @return a source that always finds these members
     * @throws IllegalArgumentException if a URL is malformed or there is none; the message shows it and says what to
     *     write
     */
    static PeerDiscovery clientEndpoints(String... urls) {
        return new StaticPeers(Peers.atClientPorts(EtcdUrl.parseList("client endpoints", urls)), "client endpoints");
    }

    /**
     * The peers of a cluster that was bootstrapped, or is about to be, by a discovery token of the v2 API: {@code
     * --discovery}. The source waits for the cluster to be complete.
     *
     * @param url for example {@code https://discovery.example.com/3e86b59982e49066c5d813af1c2e2579cbf573de}
     * @return a source; its HTTP proxy can be set
     * @throws IllegalArgumentException if the URL is malformed; the message shows it and says what to write
     */
    static TokenDiscovery token(String url) {
        return TokenDiscovery.v2(url);
    }

    /**
     * The peers of a cluster that was bootstrapped, or is about to be, by a discovery token of the v3 API: {@code
     * --discovery-token} and {@code --discovery-endpoints}. The source waits for the cluster to be complete.
     *
     * @param token the token
     * @param endpoints client URLs of the etcd cluster that keeps the token; each may be a comma-separated list
     * @return a source
     * @throws IllegalArgumentException if the token is empty, a URL is malformed, or there is none; the message shows
     *     it and says what to write
     */
    static TokenDiscovery tokenV3(String token, String... endpoints) {
        return TokenDiscovery.v3(token, endpoints);
    }

    /**
     * The peers in DNS SRV records: {@code --discovery-srv}. See {@link DnsSrvDiscovery}.
     *
     * @param domain for example {@code example.com}
     * @return a source; its service name and resolver can be set
     * @throws IllegalArgumentException if it is not a domain name; the message shows it and says what to write
     */
    static DnsSrvDiscovery dnsSrv(String domain) {
        return DnsSrvDiscovery.of(domain, Peers.Port.PEER);
    }

    /**
     * The members whose client URLs are in DNS SRV records, for applications that can't reach the peer ports. See
     * {@link DnsSrvDiscovery}.
     *
     * @param domain for example {@code example.com}
     * @return a source; its service name and resolver can be set
     * @throws IllegalArgumentException if it is not a domain name; the message shows it and says what to write
     */
    static DnsSrvDiscovery clientDnsSrv(String domain) {
        return DnsSrvDiscovery.of(domain, Peers.Port.CLIENT);
    }
}
