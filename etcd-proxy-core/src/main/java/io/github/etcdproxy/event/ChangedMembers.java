package io.github.etcdproxy.event;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;

/**
 * A refresh that brought other client URLs than the one before. Immutable.
 *
 * @since 0.1
 */
public final class ChangedMembers {
    private final Cluster cluster;
    private final List<EtcdUrl> clientUrls;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param cluster the members as a peer reported them
     * @param clientUrls the URLs in no order; unmodifiable, not empty
     */
    public ChangedMembers(Cluster cluster, List<EtcdUrl> clientUrls) {
        this.cluster = cluster;
        this.clientUrls = List.copyOf(clientUrls);
    }

    /**
     * The cluster.
     *
     * @return the members as a peer reported them
     */
    public Cluster cluster() {
        return cluster;
    }

    /**
     * The client URLs to which calls are forwarded.
     *
     * @return the URLs in no order; unmodifiable, not empty
     */
    public List<EtcdUrl> clientUrls() {
        return clientUrls;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChangedMembers that
                && cluster.equals(that.cluster)
                && clientUrls.equals(that.clientUrls);
    }

    @Override
    public int hashCode() {
        return Objects.hash(cluster, clientUrls);
    }

    @Override
    public String toString() {
        return "ChangedMembers[" + cluster + ", " + clientUrls + "]";
    }
}
