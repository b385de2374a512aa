/**
 * A call on its way in: is it for a listen URL, may it pass, are members known? Start at {@link
 * io.github.etcdproxy.okhttp.internal.call.EtcdProxyInterceptor}, which hands over to the attempts. {@code
 * ListenUrls} decides which calls are ours, {@code ReadinessGate} makes a call wait for the first members, {@code
 * ConfigEndpoint} answers {@code /v2/config/local/proxy}.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.call;

import org.jspecify.annotations.NullMarked;
