package io.github.etcdproxy.registry;

/** One try of one call on one member, as the registry sees it: something that waits, and whose wait can be ended. */
@FunctionalInterface
public interface Abortable {

    /**
     * Tells that the member answers no probe while this attempt waits for it. The attempt decides whether that is enough to
     * give up: a read may be sent to another member, a write may still be applied. Called once for each probe that fails, by a
     * thread that may block.
     *
     * @param failedProbes how many consecutive probes have failed since the member was last heard
     * @param reason what happened, in a line for an operator
     */
    void abort(int failedProbes, String reason);

    /**
     * Tells that the thread that waits has been interrupted. A platform thread in a socket read does not notice by itself.
     * Called at most half a second after the interrupt, and again while the wait lasts, by a thread that may block.
     */
    default void interrupted() {}
}
