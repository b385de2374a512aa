package io.github.etcdproxy.internal.snapshot;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The state of the cluster at one moment. Immutable: each call uses a single snapshot. */
public final class Snapshot {
    public static final Snapshot NONE = new Snapshot("", List.of(), List.of(), Map.of());

    private final String clusterId;
    private final List<Member> members;
    private final List<EtcdUrl> urls;
    private final Map<EtcdUrl, Outage> down;

    private Snapshot(String clusterId, List<Member> members, List<EtcdUrl> urls, Map<EtcdUrl, Outage> down) {
        this.clusterId = clusterId;
        this.members = members;
        this.urls = urls;
        this.down = down;
    }

    /**
     * The cluster's id.
     *
     * @return lower-case hexadecimal as etcd writes it; empty while unknown
     */
    public String clusterId() {
        return clusterId;
    }

    /**
     * The members as a peer reported them last.
     *
     * @return all of them, learners and those not yet started included; empty while unknown
     */
    public List<Member> members() {
        return members;
    }

    /**
     * The client URLs, in the order in which a call should try them. Members that are down come last.
     *
     * @return unmodifiable; empty only as long as no refresh has succeeded
     */
    public List<EtcdUrl> urls() {
        return urls;
    }

    /**
     * The client URLs that are not down, in the same order.
     *
     * @return the URLs that etcd's proxy lists as its endpoints
     */
    public List<EtcdUrl> available() {
        return urls.subList(0, urls.size() - down.size());
    }

    /** Returns the order with the members that are up rotated by a number of places. */
    public List<EtcdUrl> rotated(int places) {
        List<EtcdUrl> up = available();
        if (up.size() < 2) {
            return urls;
        }
        List<EtcdUrl> rotated = new ArrayList<>(urls);
        Collections.rotate(rotated.subList(0, up.size()), -Math.floorMod(places, up.size()));
        return rotated;
    }

    public boolean isEmpty() {
        return urls.isEmpty();
    }

    boolean isUp(EtcdUrl url) {
        return urls.contains(url) && !down.containsKey(url);
    }

    @Nullable
    public Outage outage(EtcdUrl url) {
        return down.get(url);
    }

    /** The snapshot after a refresh: a new order; members that remain keep their health. */
    Snapshot refreshed(Cluster cluster, List<EtcdUrl> newUrls, Random random) {
        Map<EtcdUrl, Outage> stillDown = new HashMap<>(down);
        stillDown.keySet().retainAll(Set.copyOf(newUrls)); // a list would be searched for each
        return new Snapshot(
                cluster.id().isEmpty() ? clusterId : cluster.id(),
                cluster.members(),
                CallOrder.shuffled(newUrls, stillDown, random),
                Map.copyOf(stillDown));
    }

    /** The snapshot after a failure; unchanged if the URL is no longer in the list. */
    Snapshot withDown(EtcdUrl url, Outage outage) {
        if (!urls.contains(url)) {
            return this;
        }
        Map<EtcdUrl, Outage> newDown = new HashMap<>(down);
        newDown.put(url, outage);
        return new Snapshot(clusterId, members, CallOrder.downLast(urls, newDown), Map.copyOf(newDown));
    }

    /** The snapshot after a success. */
    Snapshot withUp(EtcdUrl url) {
        if (!down.containsKey(url)) {
            return this;
        }
        Map<EtcdUrl, Outage> newDown = new HashMap<>(down);
        newDown.remove(url);
        return new Snapshot(clusterId, members, CallOrder.downLast(urls, newDown), Map.copyOf(newDown));
    }

    @Override
    public String toString() {
        return "Snapshot[cluster " + clusterId + ", available " + available() + ", down " + down.keySet() + "]";
    }
}
