package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** A list of peers that never changes. */
record InitialCluster(List<EtcdUrl> peers) implements PeerDiscovery {
    private static final String EXAMPLE = "for example infra0=http://10.0.1.10:2380";

    static InitialCluster parse(String initialCluster) {
        Objects.requireNonNull(initialCluster, "initial-cluster: null: write name=URL, " + EXAMPLE);
        List<EtcdUrl> peers = new ArrayList<>();
        for (String item : initialCluster.split(",", -1)) {
            if (!item.isBlank()) {
                peers.add(parseItem(item.strip()));
            }
        }
        if (peers.isEmpty()) {
            throw new IllegalArgumentException(
                    "initial-cluster: \"" + initialCluster + "\" names no peer: write name=URL, " + EXAMPLE);
        }
        return new InitialCluster(peers.stream().distinct().toList());
    }

    private static EtcdUrl parseItem(String item) {
        int equals = item.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException(
                    "initial-cluster: \"" + EtcdUrl.redactAll(item) + "\" has no \"=\": write name=URL, " + EXAMPLE);
        }
        try {
            return EtcdUrl.parse(item.substring(equals + 1));
        } catch (IllegalArgumentException e) {
            // What stands before the first "=" may be half a password, where the name was forgotten.
            String name = item.contains("@") ? "" : item.substring(0, equals) + ": ";
            throw new IllegalArgumentException("initial-cluster: " + name + e.getMessage(), e);
        }
    }

    @Override
    public List<EtcdUrl> discover(PeerTransport transport) {
        return peers;
    }

    @Override
    public String toString() {
        return peers.stream().map(EtcdUrl::toString).collect(Collectors.joining(",", "initial-cluster ", ""));
    }
}
