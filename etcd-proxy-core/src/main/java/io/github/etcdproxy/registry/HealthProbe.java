package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.MembersClient;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Background;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves a failed member alone for its wait, then probes it, until it answers or has gone. So no call of the user's pays
 * for finding out. Thread safe.
 */
final class HealthProbe {
    private static final Logger log = LoggerFactory.getLogger(HealthProbe.class);

    private final ProxyOptions options;
    private final Background background;
    private final MembersClient members;
    private final LastKnownGood lastKnownGood;
    private volatile boolean closed;

    HealthProbe(ProxyOptions options, Background background, MembersClient members, LastKnownGood lastKnownGood) {
        this.options = options;
        this.background = background;
        this.members = members;
        this.lastKnownGood = lastKnownGood;
    }

    /** To be called once for each change from up to down. */
    void watch(EtcdUrl url, Health health) {
        if (!closed) {
            var unused = background.scheduler().schedule(() -> begin(url, health), health.delay());
        }
    }

    private void begin(EtcdUrl url, Health health) {
        if (closed || !health.equals(lastKnownGood.get().health(url))) {
            return;
        }
        try {
            background.executor().execute(() -> probe(url, health));
        } catch (RejectedExecutionException e) {
            log.warn("The executor refuses to probe {}; trying again in {}", url, health.delay(), e);
            watch(url, health);
        }
    }

    private void probe(EtcdUrl url, Health health) {
        try {
            members.probe(url);
            if (lastKnownGood.succeeded(url)) {
                log.info("Member {} is back", url);
            }
        } catch (IOException e) {
            Health again = health.failedAgain(
                    Reason.of(e),
                    background.ticker().read(),
                    options.failureWait(),
                    options.refreshInterval(),
                    background.random());
            if (lastKnownGood.failedAgain(url, health, again)) {
                watch(url, again);
            }
        }
    }

    void close() {
        closed = true;
    }
}
