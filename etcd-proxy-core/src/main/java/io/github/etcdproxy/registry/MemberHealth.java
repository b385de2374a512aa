package io.github.etcdproxy.registry;

import io.github.etcdproxy.event.DownMember;
import io.github.etcdproxy.event.RecoveredMember;
import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.internal.snapshot.LastKnownGood;
import io.github.etcdproxy.internal.snapshot.Outage;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.TaskRunner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Marks members down and up, by what calls and probes report, and says so once per outage. Thread safe. */
final class MemberHealth implements MemberStateSink, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClientUrlRegistry.class);

    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final LastKnownGood lastKnownGood;
    private final Runnable failed;
    private final Runnable recovered;
    private final RecoveryProber recoveryProber;
    private volatile boolean closed;

    /** {@code failed} runs after each failure, {@code recovered} when a member is up again. */
    MemberHealth(
            ProxyOptions options, TaskRunner tasks, LastKnownGood lastKnownGood, Runnable failed, Runnable recovered) {
        this.options = options;
        this.tasks = tasks;
        this.lastKnownGood = lastKnownGood;
        this.failed = failed;
        this.recovered = recovered;
        this.recoveryProber = new RecoveryProber(options, tasks, lastKnownGood, this);
    }

    @Override
    public void responded(EtcdUrl url, long beganAt) {
        Outage ended = lastKnownGood.succeeded(url, beganAt);
        if (ended != null) {
            recovered.run();
            recoveryProber.cancel(url, ended);
            log.info("Member {} is back", url);
            options.listener().memberRecovered(new RecoveredMember(url));
        }
    }

    /** Of several concurrent failures, exactly one changes the state. */
    @Override
    public void failed(EtcdUrl url, String cause, MemberProbe probe) {
        Outage outage = Outage.failedOnce(cause, tasks.now(), options.failureWait(), tasks.random());
        boolean wentDown = lastKnownGood.failed(url, outage);
        if (wentDown) {
            recoveryProber.schedule(url, outage, probe);
        }
        failed.run();
        if (wentDown) {
            log.warn("Member {} is down: {}; probing it in {}", url, cause, outage.delay());
            options.listener().memberDown(new DownMember(url, cause));
        }
    }

    @Override
    public boolean isKnown(EtcdUrl url) {
        return lastKnownGood.get().urls().contains(url);
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /** Stops all probes. */
    @Override
    public void close() {
        closed = true;
        recoveryProber.close();
    }
}
