package io.github.etcdproxy.event;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;

/**
 * Receives a proxy's events, for metrics, alerts and tests. All methods do nothing by default.
 *
 * <p>Methods are called on the threads that cause the events, those of calls included, possibly concurrently, and never
 * under a lock. They should return quickly: calls and refreshes wait for them. Exceptions are logged once and otherwise
 * ignored.
 */
public interface EtcdProxyListener {

    /**
     * The configured source found peers.
     *
     * @param peers the peer URLs; unmodifiable, not empty
     */
    default void peersDiscovered(List<EtcdUrl> peers) {}

    /**
     * A refresh changed the client URLs.
     *
     * @param cluster the members as a peer reported them
     * @param clientUrls the client URLs to which calls are forwarded, in no particular order; unmodifiable, not empty
     */
    default void membersChanged(Cluster cluster, List<EtcdUrl> clientUrls) {}

    /**
     * A refresh failed. The client URLs known before stay in use. Called for every failed refresh.
     *
     * @param reason what happened, with the reason for each peer
     */
    default void refreshFailed(String reason) {}

    /**
     * A member went down and is tried last from now on. Called once per outage.
     *
     * @param clientUrl the member's client URL
     * @param cause what happened
     */
    default void memberDown(EtcdUrl clientUrl, String cause) {}

    /**
     * A member that was down is up again. Called once per outage.
     *
     * @param clientUrl the member's client URL
     */
    default void memberBack(EtcdUrl clientUrl) {}

    /**
     * An attempt on a member got no response. The call may go on to the next member.
     *
     * @param attempt the member, how far the attempt got, and why it failed
     */
    default void attemptFailed(FailedAttempt attempt) {}

    /**
     * A member responded to a call, with any status. The body may not have been read yet.
     *
     * @param call the member, the number of attempts and the time taken
     */
    default void callForwarded(ForwardedCall call) {}

    /**
     * A watch that broke off was resumed, on another member or on the same one. The caller does not notice.
     *
     * @param watch the watch, where it resumed, and why
     */
    default void watchResumed(ResumedWatch watch) {}

    /**
     * Combines several listeners.
     *
     * @param listeners called in this order; exceptions are logged, and the remaining listeners are still called
     * @return a listener that throws nothing
     */
    static EtcdProxyListener all(List<EtcdProxyListener> listeners) {
        return new GuardedListeners(listeners);
    }
}
