package io.github.etcdproxy.internal.snapshot;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Holds the snapshot that all calls read, behind one volatile. A failed refresh does not change it: only attempts and
 * probes mark members down. Thread safe; every change is a pure function of the previous snapshot.
 */
public final class LastKnownGood {
    /** Written under the lock, read without it. */
    private volatile Snapshot current = Snapshot.NONE;

    public Snapshot get() {
        return current;
    }

    /** Adopts the URLs of a refresh; returns the previous snapshot. */
    public synchronized Snapshot adopt(Cluster cluster, List<EtcdUrl> urls, Random random) {
        Snapshot before = current;
        current = before.refreshed(cluster, urls, random);
        return before;
    }

    /** Returns whether this failure took the member down; of several concurrent ones, exactly one does. */
    public synchronized boolean failed(EtcdUrl url, Outage outage) {
        if (!current.isUp(url)) {
            return false;
        }
        current = current.withDown(url, outage);
        return true;
    }

    /** Updates the outage of a member that is down; false if it came back or was removed meanwhile. */
    public synchronized boolean failedAgain(EtcdUrl url, Outage before, Outage after) {
        if (!before.equals(current.outage(url))) {
            return false;
        }
        current = current.withDown(url, after);
        return true;
    }

    /**
     * Records a response: the member is up, unless it went down after the request began. Returns the outage that ended
     * if this brought the member up; null otherwise.
     */
    @Nullable
    public Outage succeeded(EtcdUrl url, long beganAt) {
        // Most calls succeed and change nothing; only a change takes the lock.
        return current.outage(url) == null ? null : markUp(url, beganAt);
    }

    private synchronized @Nullable Outage markUp(EtcdUrl url, long beganAt) {
        Outage outage = current.outage(url);
        if (outage == null || beganAt - outage.since() < 0) {
            return null;
        }
        current = current.withUp(url);
        return outage;
    }
}
