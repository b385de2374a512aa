/**
 * etcd's proxy mode around an {@code OkHttpClient}. Start at {@link io.github.etcdproxy.okhttp.EtcdProxy}, which starts a
 * proxy and wraps clients.
 *
 * <p>Inside, {@code EtcdProxyInterceptor} takes each call to a listen client URL through its steps: is it ours
 * ({@code ListenUrls}), is a member known ({@code ReadyWait}), one attempt per member ({@code SentEvents}, {@code
 * ReplayRule}, {@code NoResend}), and the answer of our own if none gave one ({@code ProxyError}).
 */
@NullMarked
package io.github.etcdproxy.okhttp;

import org.jspecify.annotations.NullMarked;
