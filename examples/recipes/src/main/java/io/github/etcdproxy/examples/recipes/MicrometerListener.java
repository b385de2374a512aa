package io.github.etcdproxy.examples.recipes;

import io.github.etcdproxy.event.ChangedMembers;
import io.github.etcdproxy.event.DownMember;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.FailedRefresh;
import io.github.etcdproxy.event.ForwardedCall;
import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** Records a proxy's events as meters. Thread safe. */
public final class MicrometerListener implements EtcdProxyListener {
    private final MeterRegistry meters;
    private final Counter refreshesFailed;
    private final Counter membersChanged;
    private final Timer watchGaps;

    /**
     * A listener for {@link EtcdProxy.Builder#listener}.
     *
     * @param meters where the meters are registered
     */
    public MicrometerListener(MeterRegistry meters) {
        this.meters = meters;
        this.refreshesFailed = Counter.builder("etcd.proxy.refreshes.failed")
                .description("Refreshes that brought no members; those known before stay in use")
                .register(meters);
        this.membersChanged = Counter.builder("etcd.proxy.members.changed")
                .description("Refreshes that brought other members than the one before")
                .register(meters);
        this.watchGaps = Timer.builder("etcd.proxy.watches.resumed")
                .description("Watches that went on, and how long it took to find a member for them")
                .register(meters);
    }

    /**
     * Registers gauges: how many members are up, and how many are known.
     *
     * @param proxy the proxy that was started with this listener
     */
    public void observe(EtcdProxy proxy) {
        Gauge.builder("etcd.proxy.members", proxy, p -> p.status().endpoints().size())
                .description("Members to which calls can be forwarded")
                .register(meters);
        Gauge.builder(
                        "etcd.proxy.members.available",
                        proxy,
                        p -> p.status().endpoints().stream()
                                .filter(endpoint -> endpoint.isAvailable())
                                .count())
                .description("Those of them that are up")
                .register(meters);
    }

    @Override
    public void callForwarded(ForwardedCall call) {
        meters.timer("etcd.proxy.calls", "method", call.method(), "status", Integer.toString(call.status()))
                .record(call.time());
        if (call.attempts() > 1) {
            meters.counter("etcd.proxy.calls.failed.over").increment();
        }
    }

    @Override
    public void attemptFailed(FailedAttempt attempt) {
        meters.counter("etcd.proxy.attempts.failed", "phase", attempt.phase().toString())
                .increment();
    }

    @Override
    public void memberDown(DownMember event) {
        meters.counter("etcd.proxy.member.down", "member", event.clientUrl().toString())
                .increment();
    }

    @Override
    public void refreshFailed(FailedRefresh event) {
        refreshesFailed.increment();
    }

    @Override
    public void membersChanged(ChangedMembers event) {
        membersChanged.increment();
    }

    @Override
    public void watchResumed(ResumedWatch watch) {
        Duration gap = watch.gap();
        watchGaps.record(gap);
    }
}
