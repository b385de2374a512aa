package io.github.etcdproxy.event;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls several listeners and keeps their exceptions away from calls and refreshes. Thread safe if they are. */
final class GuardedListeners implements EtcdProxyListener {
    private static final Logger log = LoggerFactory.getLogger(GuardedListeners.class);

    private final List<EtcdProxyListener> listeners;
    private final AtomicBoolean failureReported = new AtomicBoolean();

    GuardedListeners(List<EtcdProxyListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    private void forEach(Consumer<EtcdProxyListener> event) {
        for (EtcdProxyListener listener : listeners) {
            try {
                event.accept(listener);
            } catch (Throwable e) { // errors too: a listener must not replace a member's response
                logOnce(listener, e);
            }
        }
    }

    private void logOnce(EtcdProxyListener listener, Throwable thrown) {
        if (failureReported.compareAndSet(false, true)) {
            try {
                log.warn("A listener threw; this is ignored, and not logged again: {}", listener.getClass(), thrown);
            } catch (Throwable e) {
                // Logging may fail too if the stack or the heap is exhausted.
            }
        }
    }

    @Override
    public void peersDiscovered(DiscoveredPeers event) {
        forEach(listener -> listener.peersDiscovered(event));
    }

    @Override
    public void membersChanged(ChangedMembers event) {
        forEach(listener -> listener.membersChanged(event));
    }

    @Override
    public void refreshFailed(FailedRefresh event) {
        forEach(listener -> listener.refreshFailed(event));
    }

    @Override
    public void memberDown(DownMember event) {
        forEach(listener -> listener.memberDown(event));
    }

    @Override
    public void memberRecovered(RecoveredMember event) {
        forEach(listener -> listener.memberRecovered(event));
    }

    @Override
    public void attemptFailed(FailedAttempt event) {
        forEach(listener -> listener.attemptFailed(event));
    }

    @Override
    public void callForwarded(ForwardedCall event) {
        forEach(listener -> listener.callForwarded(event));
    }

    @Override
    public void watchResumed(ResumedWatch event) {
        forEach(listener -> listener.watchResumed(event));
    }
}
