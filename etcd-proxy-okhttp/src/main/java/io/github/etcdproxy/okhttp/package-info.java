/**
 * etcd's proxy mode around an {@code OkHttpClient}. Start at {@link io.github.etcdproxy.okhttp.EtcdProxy}, which starts a
 * proxy and wraps clients.
 *
 * <p>Inside, {@code EtcdProxyInterceptor} takes each call to a listen client URL through its steps: is it ours
 * ({@code ListenUrls}), is a member known ({@code ReadyWait}), then the {@code AttemptLoop}: a {@code CallAttempt} on one
 * member after the other, which hears how far it gets, judges whose fault a failure is, and is cut when the member is hung;
 * {@code ReplayRule} says whether the next may be tried, and {@code ProxyError} is the answer of our own if none gave one.
 * Beneath OkHttp, {@code FollowUps} and {@code IdleConnections} keep writes from being sent twice, or to nobody.
 */
@NullMarked
package io.github.etcdproxy.okhttp;

import org.jspecify.annotations.NullMarked;
