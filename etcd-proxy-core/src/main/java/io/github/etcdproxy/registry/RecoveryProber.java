package io.github.etcdproxy.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
 * Probes a failed member after its failure wait, until it responds or is removed, so that calls need not find out
 * whether it is back. Thread safe.
 */
final class RecoveryProber implements AutoCloseable {
    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final LastKnownGood lastKnownGood;
    private final MemberStateSink states;

    @GuardedBy("this")
    private final Map<EtcdUrl, Probe> waiting = new HashMap<>();

    @GuardedBy("this")
    private boolean closed;

    /** A scheduled probe and its outage. */
    private record Probe(Outage outage, Future<?> future) {}

    RecoveryProber(ProxyOptions options, TaskRunner tasks, LastKnownGood lastKnownGood, MemberStateSink states) {
        this.states = states;
        this.options = options;
        this.tasks = tasks;
        this.lastKnownGood = lastKnownGood;
    }

    /** Called when a member goes down. */
    synchronized void schedule(EtcdUrl url, Outage outage, MemberProbe probe) {
        // A late notification of an earlier outage must not replace the current one's probe.
        if (!closed && outage.equals(lastKnownGood.get().outage(url))) {
            Probe before = waiting.put(
                    url, new Probe(outage, tasks.schedule(() -> begin(url, outage, probe), outage.delay())));
            if (before != null) {
                before.future().cancel(false);
            }
        }
    }

    /** Called when a member comes back up, with the outage that ended: the member may already be down again. */
    synchronized void cancel(EtcdUrl url, Outage ended) {
        Probe probe = waiting.get(url);
        if (probe != null && probe.outage().equals(ended)) {
            waiting.remove(url);
            probe.future().cancel(false);
        }
    }

    private void begin(EtcdUrl url, Outage outage, MemberProbe probe) {
        if (!outage.equals(lastKnownGood.get().outage(url))) {
            cancel(url, outage); // it came back or was removed
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
