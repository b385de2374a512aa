package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.event.FailedAttempt.Phase;

/**
 * A failed attempt as {@link FailureClassifier} classified it.
 *
 * @param cause the cause
 * @param phase how far it got; anything not proven to be unsent counts as sent
 * @param mayRepeat whether the same member may serve the request on a new connection
 * @param silent whether the member was silent until a timeout, or until it was found hung
 * @param reason what happened, on one line
 */
public record AttemptFailure(Cause cause, Phase phase, boolean mayRepeat, boolean silent, String reason) {

    /** What caused an attempt to fail; determines what is reported to the registry. */
    public enum Cause {
        /**
         * The caller ended the call; or its body, an interceptor, another proxy or a server to which the member
         * redirected failed.
         */
        CALLER,
        /** A redirect or an interceptor turned a request that was permitted as a read into a write. */
        NOT_A_READ,
        /** The resolver was late, which says nothing about the member. */
        RESOLVER,
        /** This process can open no more sockets. */
        OPEN_FILE_LIMIT,
        /** A pooled connection turned out to be unusable before anything was sent on it. */
        STALE_CONNECTION,
        /** A reused connection broke, or the member refused a stream: the member may be healthy. */
        INCONCLUSIVE,
        /** The caller's timeout ended the attempt. */
        CALLER_TIMEOUT,
        /** The member answered neither this attempt nor probes. */
        MEMBER_HUNG,
        /** The member could not be reached, or a new connection broke. */
        MEMBER
    }
}
