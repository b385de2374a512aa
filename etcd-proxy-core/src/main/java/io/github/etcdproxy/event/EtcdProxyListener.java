package io.github.etcdproxy.event;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;

/**
 * Hears what happens in a proxy: for metrics, alarms and tests. All methods do nothing unless overridden.
 *
 * <p>They are called by the threads on which things happen, those of calls included, by several at once, and never under a
 * lock. They should return soon: calls and refreshes wait for them. What they throw is logged once and otherwise ignored.
 */
public interface EtcdProxyListener {

    /**
     * The configured source was asked for peers and found some.
     *
     * @param peers the peer URLs; unmodifiable, not empty
     */
    default void peersDiscovered(List<EtcdUrl> peers) {}

    /**
     * A refresh brought other client URLs than the one before.
     *
     * @param cluster the members as a peer reported them
     * @param clientUrls those of their client URLs that calls are forwarded to, in no order; unmodifiable, not empty
     */
    default void membersChanged(Cluster cluster, List<EtcdUrl> clientUrls) {}

    /**
     * A refresh brought nothing. The client URLs known before stay in use. Told at every refresh that fails, also in a row.
     *
     * @param reason what happened, with the reason of each peer
     */
    default void refreshFailed(String reason) {}

    /**
     * A member is tried last from now on. Told at the change only.
     *
     * @param clientUrl the member's client URL
     * @param cause what happened
     */
    default void memberDown(EtcdUrl clientUrl, String cause) {}

    /**
     * A member that was down answers again. Told at the change only.
     *
     * @param clientUrl the member's client URL
     */
    default void memberBack(EtcdUrl clientUrl) {}

    /**
     * A member gave no response to a call, which may go on to the next.
     *
     * @param attempt which member, how far it got, and why
     */
    default void attemptFailed(FailedAttempt attempt) {}

    /**
     * A member responded to a call, with whatever status. The body may still be on its way.
     *
     * @param call which member, after how many attempts and how long
     */
    default void callForwarded(ForwardedCall call) {}

    /**
     * A watch goes on, on another member or on the same one, after it had broken off. The caller has noticed nothing.
     *
     * @param watch which, from where, and why
     */
    default void watchResumed(ResumedWatch watch) {}

    /**
     * One listener for several.
     *
     * @param listeners told in this order; whatever one of them throws is logged, and the others are told nevertheless
     * @return a listener that throws nothing
     */
    static EtcdProxyListener all(List<EtcdProxyListener> listeners) {
        return new GuardedListeners(listeners);
    }
}
