package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;

/**
 * Peers that the configured source found. Immutable.
 *
 * @since 0.1
 */
public final class DiscoveredPeers {
    private final List<EtcdUrl> urls;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param urls the peer URLs; unmodifiable, not empty
     */
    public DiscoveredPeers(List<EtcdUrl> urls) {
        this.urls = List.copyOf(urls);
    }

    /**
     * The peers.
     *
     * @return the peer URLs; unmodifiable, not empty
     */
    public List<EtcdUrl> urls() {
        return urls;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DiscoveredPeers that && urls.equals(that.urls);
    }

    @Override
    public int hashCode() {
        return Objects.hash(urls);
    }

    @Override
    public String toString() {
        return "DiscoveredPeers[" + urls + "]";
    }
}
