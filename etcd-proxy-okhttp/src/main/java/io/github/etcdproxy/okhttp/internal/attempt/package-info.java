/**
 * A call from member to member. Start at {@link io.github.etcdproxy.okhttp.internal.attempt.AttemptLoop}: each
 * {@code Attempt} hears its own events from {@code CallEvents} and ends as an {@code AttemptResult};
 * {@code FailureClassifier} says what a failure means, {@code ReplayRule} what to do next.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.attempt;

import org.jspecify.annotations.NullMarked;
