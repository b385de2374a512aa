package io.github.etcdproxy.registry;

import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.internal.snapshot.LastKnownGood;
import io.github.etcdproxy.internal.snapshot.Outage;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.TaskRunner;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;

/**
 * Leaves a failed member alone for its wait, then probes it, until it answers or has gone. So no call of the user's pays
 * for finding out. Thread safe.
 */
final class HealthProbe implements AutoCloseable {
    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final LastKnownGood lastKnownGood;
    private final MemberStateSink states;

    // Guarded by this.
    private final Map<EtcdUrl, Probe> waiting = new HashMap<>();
    private boolean closed;

    /** A probe that waits for its time, and the outage that it was scheduled for. */
    private record Probe(Outage outage, Future<?> future) {}

    HealthProbe(ProxyOptions options, TaskRunner tasks, LastKnownGood lastKnownGood, MemberStateSink states) {
        this.states = states;
        this.options = options;
        this.tasks = tasks;
        this.lastKnownGood = lastKnownGood;
    }

    /** To be called at each change from up to down. */
    synchronized void schedule(EtcdUrl url, Outage outage, MemberProbe probe) {
        // A late word of an earlier outage must not take the place of the present one's probe.
        if (!closed && outage.equals(lastKnownGood.get().outage(url))) {
            Probe before = waiting.put(
                    url, new Probe(outage, tasks.schedule(() -> begin(url, outage, probe), outage.delay())));
            if (before != null) {
                before.future().cancel(false);
            }
        }
    }

    /** To be called at each change from down to up, with the outage that ended: the member may be down again. */
    synchronized void cancel(EtcdUrl url, Outage ended) {
        Probe probe = waiting.get(url);
        if (probe != null && probe.outage().equals(ended)) {
            waiting.remove(url);
            probe.future().cancel(false);
        }
    }

    private void begin(EtcdUrl url, Outage outage, MemberProbe probe) {
        if (!outage.equals(lastKnownGood.get().outage(url))) {
            cancel(url, outage); // it has come back, or gone
        } else if (!tasks.execute(() -> probe(url, outage, probe))) {
            schedule(url, outage, probe);
        }
    }

    private void probe(EtcdUrl url, Outage outage, MemberProbe probe) {
        long began = tasks.now();
        MemberProbe.Result result = probe.probe(url);
        if (result.verdict() == MemberProbe.Verdict.ALIVE) {
            states.responded(url, began);
        } else {
            failedAgain(url, outage, probe, result.reason());
        }
    }

    private void failedAgain(EtcdUrl url, Outage outage, MemberProbe probe, String failure) {
        Outage again = outage.failedAgain(
                failure, tasks.now(), options.failureWait(), options.refreshInterval(), tasks.random());
        if (lastKnownGood.failedAgain(url, outage, again)) {
            schedule(url, again, probe);
        } else {
            cancel(url, outage);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        waiting.values().forEach(probe -> probe.future().cancel(false));
        waiting.clear();
    }
}
