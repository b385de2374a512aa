package io.github.etcdproxy.internal.snapshot;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Holds the one snapshot that all calls read, behind one volatile. A refresh that brings nothing usable leaves it as it
 * is: only an attempt or a probe finds a member dead. Thread safe; every change is a pure function of the snapshot before.
 */
public final class LastKnownGood {
    /** Written under the lock on this; read without. */
    private volatile Snapshot current = Snapshot.NONE;

    public Snapshot get() {
        return current;
    }

    /** Takes over a refresh that brought URLs; returns the snapshot before it. */
    public synchronized Snapshot adopt(Cluster cluster, List<EtcdUrl> urls, Random random) {
        Snapshot before = current;
        current = before.refreshed(cluster, urls, random);
        return before;
    }

    /** Returns whether this was the change from up to down, which exactly one of many concurrent failures makes. */
    public synchronized boolean failed(EtcdUrl url, Outage outage) {
        if (!current.isUp(url)) {
            return false;
        }
        current = current.withDown(url, outage);
        return true;
    }

    /** Replaces what is known of a member that is down; false if it has come back or gone meanwhile. */
    public synchronized boolean failedAgain(EtcdUrl url, Outage before, Outage after) {
        if (!before.equals(current.outage(url))) {
            return false;
        }
        current = current.withDown(url, after);
        return true;
    }

    /**
     * Takes an answer for what it says: that the member is up, unless it went down after that to which it answered had
     * begun. Returns the health that came to its end, if this was the change from down to up; else null.
     */
    @Nullable
    public Outage succeeded(EtcdUrl url, long beganAt) {
        // Calls succeed all the time; only one that changes something takes the lock.
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
