package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.event.FailedAttempt.Phase;

/**
 * A failed attempt, judged.
 *
 * @param cause what made it fail
 * @param phase how far it got; whatever is not proven to be unsent counts as sent
 * @param mayRepeat whether the same member may serve the request on a new connection
 * @param silent whether the member stayed silent until a timeout, or until it was found hung
 * @param reason what happened, in a line for an operator
 */
public record Failure(FailureCause cause, Phase phase, boolean mayRepeat, boolean silent, String reason) {}
