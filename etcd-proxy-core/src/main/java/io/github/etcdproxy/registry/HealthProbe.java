package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Background;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;

/**
 * Leaves a failed member alone for its wait, then probes it, until it answers or has gone. So no call of the user's pays
 * for finding out. Thread safe.
 */
final class HealthProbe implements AutoCloseable {
    private final ProxyOptions options;
    private final Background background;
    private final LastKnownGood lastKnownGood;
    private final Alive alive;

    // Guarded by this.
    private final Map<EtcdUrl, Probe> waiting = new HashMap<>();
    private boolean closed;

    /** A probe that waits for its time, and the health that it was scheduled for. */
    private record Probe(Health health, Future<?> future) {}

    /** Is told each member that answered, and when it was asked. */
    @FunctionalInterface
    interface Alive {
        void answered(EtcdUrl url, long askedAt);
    }

    HealthProbe(ProxyOptions options, Background background, LastKnownGood lastKnownGood, Alive alive) {
        this.alive = alive;
        this.options = options;
        this.background = background;
        this.lastKnownGood = lastKnownGood;
    }

    /** To be called at each change from up to down. */
    synchronized void watch(EtcdUrl url, Health health, MemberProbe probe) {
        // A late word of an earlier outage must not take the place of the present one's probe.
        if (!closed && health.equals(lastKnownGood.get().health(url))) {
            Probe before = waiting.put(
                    url, new Probe(health, background.schedule(() -> begin(url, health, probe), health.delay())));
            if (before != null) {
                before.future().cancel(false);
            }
        }
    }

    /** To be called at each change from down to up, with the health that came to its end: the member may be down again. */
    synchronized void unwatch(EtcdUrl url, Health ended) {
        Probe probe = waiting.get(url);
        if (probe != null && probe.health().equals(ended)) {
            waiting.remove(url);
            probe.future().cancel(false);
        }
    }

    private void begin(EtcdUrl url, Health health, MemberProbe probe) {
        if (!health.equals(lastKnownGood.get().health(url))) {
            unwatch(url, health); // it has come back, or gone
        } else if (!background.execute(() -> probe(url, health, probe))) {
            watch(url, health, probe);
        }
    }

    private void probe(EtcdUrl url, Health health, MemberProbe probe) {
        long began = background.now();
        MemberProbe.Result result = probe.probe(url);
        if (result.verdict() == MemberProbe.Verdict.ALIVE) {
            alive.answered(url, began);
        } else {
            failedAgain(url, health, probe, result.reason());
        }
    }

    private void failedAgain(EtcdUrl url, Health health, MemberProbe probe, String failure) {
        Health again = health.failedAgain(
                failure, background.now(), options.failureWait(), options.refreshInterval(), background.random());
        if (lastKnownGood.failedAgain(url, health, again)) {
            watch(url, again, probe);
        } else {
            unwatch(url, health);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        waiting.values().forEach(probe -> probe.future().cancel(false));
        waiting.clear();
    }
}
