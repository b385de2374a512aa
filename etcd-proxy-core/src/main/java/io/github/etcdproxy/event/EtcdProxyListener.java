package io.github.etcdproxy.event;

import java.util.List;

/**
 * Receives what happens in a proxy: for metrics, alarms and tests. All methods do nothing unless overridden.
 *
 * <p>They are called on the threads on which things happen, those of calls included, concurrently, and never under a
 * lock. They should return soon: calls and refreshes wait for them. What they throw is logged once and otherwise
 * ignored.
 *
 * @since 0.1
 */
public interface EtcdProxyListener {

    /**
     * The configured source was asked for peers and found some.
     *
     * @param event the peers; not null
     */
    default void peersDiscovered(DiscoveredPeers event) {}

    /**
     * A refresh brought other client URLs than the one before.
     *
     * @param event the members and the client URLs in use; not null
     */
    default void membersChanged(ChangedMembers event) {}

    /**
     * A refresh brought nothing. The client URLs known before stay in use. Called at every refresh that fails.
     *
     * @param event the reason; not null
     */
    default void refreshFailed(FailedRefresh event) {}

    /**
     * A member is tried last from now on. Called at the change only.
     *
     * @param event which member, and why; not null
     */
    default void memberDown(DownMember event) {}

    /**
     * A member that was down serves again. Called at the change only.
     *
     * @param event which member; not null
     */
    default void memberRecovered(RecoveredMember event) {}

    /**
     * A member gave no response to a call, which may go on to the next.
     *
     * @param event which member, how far the attempt got, and why; not null
     */
    default void attemptFailed(FailedAttempt event) {}

    /**
     * A member responded to a call, with whatever status. The body may still be on its way.
     *
     * @param event which member, after how many attempts and how long; not null
     */
    default void callForwarded(ForwardedCall event) {}

    /**
     * A watch goes on after an interruption, on another member or on the same one. Its caller has not noticed.
     *
     * @param event which watch, from where, and why; not null
     */
    default void watchResumed(ResumedWatch event) {}

    /**
     * Combines listeners.
     *
     * @param listeners called in this order; what one of them throws is logged, and the others are called nevertheless
     * @return a listener that throws nothing
     */
    static EtcdProxyListener all(List<EtcdProxyListener> listeners) {
        return new GuardedListeners(listeners);
    }
}
