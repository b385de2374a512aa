/**
 * What a failed attempt means, and whether the request may be replayed. Start at {@link
 * io.github.etcdproxy.okhttp.internal.failover.ReplayRule}, which derives the next step from an {@code
 * AttemptResult}. {@code FailureClassifier} classifies failures, {@code UnavailableResponses} recognizes responses of
 * members that can't serve, {@code UnknownTokenResponses} those of members that don't know the request's token, {@code
 * MemberSelector} are the members to try.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.failover;

import org.jspecify.annotations.NullMarked;
