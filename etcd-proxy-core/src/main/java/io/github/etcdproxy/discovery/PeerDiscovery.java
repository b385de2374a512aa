package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.util.List;

/**
 * Finds the peer URLs of a cluster, any of which can then be asked for the members.
 *
 * <p>It is asked at the start, and again whenever no peer known so far answers; so a source that reads something live,
 * such as a service catalogue, follows a cluster that has moved. Calls never wait for it but before the first members
 * are known. Implementations are called by one thread at a time, and may block.
 */
@FunctionalInterface
public interface PeerDiscovery {

    /**
     * Finds the peers.
     *
     * @param transport for sources that ask somebody over HTTP
     * @return the peer URLs, in the order in which to ask them; not empty
     * @throws IOException if they can't be found now; the message says why, fit for an operator. It is tried again
     * @throws InterruptedException if the thread was interrupted while waiting, as it is when the proxy is closed
     */
    List<EtcdUrl> discover(PeerTransport transport) throws IOException, InterruptedException;

    /**
     * The peers of a static list, in the form of etcd's {@code --initial-cluster}.
     *
     * <p>Mirrors {@code NewURLsMap} (client/pkg/types/urlsmap.go, etcd 3.5): items are separated by commas, empty ones
     * are skipped, the first {@code =} ends the name, a name may be given several times.
     *
     * @param initialCluster for example {@code infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380}
     * @return a source that always finds these peers
     * @throws IllegalArgumentException if an item has no {@code =}, a URL is malformed, or no item is left; the message
     *     names the item and says what to write
     */
    static PeerDiscovery initialCluster(String initialCluster) {
        return InitialCluster.parse(initialCluster);
    }

    /**
     * What etcd assumes when it is told nothing: peers on this machine, at the peer ports of etcd 2 and later and of the
     * releases before.
     *
     * @return a source that always finds {@code http://localhost:2380} and {@code http://localhost:7001}
     */
    static PeerDiscovery localhost() {
        return new InitialCluster(
                List.of(EtcdUrl.parse("http://localhost:2380"), EtcdUrl.parse("http://localhost:7001")));
    }
}
