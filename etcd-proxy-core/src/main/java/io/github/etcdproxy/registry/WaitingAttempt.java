package io.github.etcdproxy.registry;

/**
 * An attempt of a call on one member, which waits for the member until the attempt ends or is aborted.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface WaitingAttempt {

    /**
     * Called when a probe fails while this attempt waits for the member. The attempt decides whether to give up: a read
     * may be sent to another member, a write may still be applied. Called once for each failed probe, on a thread that
     * may block.
     *
     * @param failedProbes how many consecutive probes have failed since the member was last heard
     * @param reason what happened, on one line
     */
    void abort(int failedProbes, String reason);

    /**
     * Called when the waiting thread has been interrupted, which a platform thread in a socket read does not notice.
     * Called within half a second of the interrupt, and again while the wait lasts, on a thread that may block.
     */
    default void interrupted() {}
}
