/**
 * etcd's proxy mode around an {@code OkHttpClient}. Start at {@link io.github.etcdproxy.okhttp.EtcdProxy}, which starts
 * a proxy and wraps clients.
 *
 * <p>Inside, {@code EtcdProxyInterceptor} handles each call to a listen client URL ({@code ListenUrls}). When a member
 * is known ({@code ReadinessGate}), {@code AttemptLoop} makes an {@code Attempt} on one member after another; {@code
 * FailureClassifier} classifies failures, {@code ReplayRule} decides the next step, and {@code ProxyError} is the
 * proxy's own response if no member gave one. Beneath OkHttp, {@code MemberExchangeInterceptor} and {@code
 * FollowUpRules} prevent writes from being sent twice or on stale connections.
 */
@NullMarked
package io.github.etcdproxy.okhttp;

import org.jspecify.annotations.NullMarked;
