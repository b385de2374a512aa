/**
 * Follow-up requests that OkHttp makes on its own: redirects, and retries that a member asks for. Start at {@link
 * io.github.etcdproxy.okhttp.internal.redirect.FollowUpRules}, which keeps writes from being repeated and credentials
 * from other servers; {@code ExchangeTarget} decides where an exchange goes.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.redirect;

import org.jspecify.annotations.NullMarked;
