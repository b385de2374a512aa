package io.github.etcdproxy.event;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls several listeners and keeps their exceptions away from calls and refreshes. Thread safe if they are. */
final class GuardedListeners implements EtcdProxyListener {
    private static final Logger log = LoggerFactory.getLogger(GuardedListeners.class);

    private final List<EtcdProxyListener> listeners;
    private final AtomicBoolean failureTold = new AtomicBoolean();

    GuardedListeners(List<EtcdProxyListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    private void tell(Consumer<EtcdProxyListener> event) {
        for (EtcdProxyListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) { // errors too: a listener must not replace a member's response
                logOnce(listener, e);
            }
        }
    }

    private void logOnce(EtcdProxyListener listener, Throwable thrown) {
        if (failureTold.compareAndSet(false, true)) {
            try {
                log.warn("A listener threw; this is ignored, and not logged again: {}", listener.getClass(), thrown);
            } catch (Throwable e) {
                // Logging may fail too if the stack or the heap is exhausted.
            }
        }
    }

    @Override
    public void peersDiscovered(List<EtcdUrl> peers) {
        tell(listener -> listener.peersDiscovered(peers));
    }

    @Override
    public void membersChanged(Cluster cluster, List<EtcdUrl> clientUrls) {
        tell(listener -> listener.membersChanged(cluster, clientUrls));
    }

    @Override
    public void refreshFailed(String reason) {
        tell(listener -> listener.refreshFailed(reason));
    }

    @Override
    public void memberDown(EtcdUrl clientUrl, String cause) {
        tell(listener -> listener.memberDown(clientUrl, cause));
    }

    @Override
    public void memberBack(EtcdUrl clientUrl) {
        tell(listener -> listener.memberBack(clientUrl));
    }

    @Override
    public void attemptFailed(FailedAttempt attempt) {
        tell(listener -> listener.attemptFailed(attempt));
    }

    @Override
    public void watchResumed(ResumedWatch watch) {
        tell(listener -> listener.watchResumed(watch));
    }

    @Override
    public void callForwarded(ForwardedCall call) {
        if (!listeners.isEmpty()) {
            tell(listener -> listener.callForwarded(call));
        }
    }
}
