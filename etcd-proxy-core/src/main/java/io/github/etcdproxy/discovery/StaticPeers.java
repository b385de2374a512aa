package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.stream.Collectors;

/** A fixed list of peers. */
record StaticPeers(Peers peers, String origin) implements PeerDiscovery {

    @Override
    public Peers discover(DiscoveryContext context) {
        return peers;
    }

    @Override
    public String toString() {
        return peers.urls().stream().map(EtcdUrl::toString).collect(Collectors.joining(",", origin + " ", ""));
    }
}
