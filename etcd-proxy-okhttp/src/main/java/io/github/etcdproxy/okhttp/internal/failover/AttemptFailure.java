package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.event.FailedAttempt.Phase;

/**
 * The classification of a failed attempt.
 *
 * @param cause the cause
 * @param phase how far it got; anything not proven to be unsent counts as sent
 * @param mayRepeat whether the same member may serve the request on a new connection
 * @param silent whether the member was silent until a timeout, or until it was found hung
 * @param reason what happened, on one line
 */
public record AttemptFailure(FailureCause cause, Phase phase, boolean mayRepeat, boolean silent, String reason) {}
