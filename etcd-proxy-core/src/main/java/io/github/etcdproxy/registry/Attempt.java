package io.github.etcdproxy.registry;

/** One try of one call on one member, as the registry sees it: something that waits, and that can be cut. */
@FunctionalInterface
public interface Attempt {

    /**
     * Tells that the member answers no probe while this attempt waits for it. The attempt decides whether that is enough to
     * give up: a read may be tried elsewhere, a write may be applied yet. Called once for each probe that fails, by a
     * thread that may block.
     *
     * @param failedProbes how many probes in a row have failed since the member was last heard
     * @param reason what happened, fit for an operator
     */
    void cut(int failedProbes, String reason);
}
