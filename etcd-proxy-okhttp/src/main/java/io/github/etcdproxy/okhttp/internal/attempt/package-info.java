/**
 * The attempts of a call, one member after another. Start at {@link
 * io.github.etcdproxy.okhttp.internal.attempt.AttemptLoop}: each {@code Attempt} hears its own events from {@code
 * CallEvents} and owns an {@code AttemptConnection}, by which a hung member's attempt is aborted. {@code
 * AttemptTimeouts} sets its timeouts, {@code MemberExchangeInterceptor} checks each exchange beneath OkHttp, {@code
 * AwaitedBody} and {@code ReadBodyBuffer} read its response.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.attempt;

import org.jspecify.annotations.NullMarked;
