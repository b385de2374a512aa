/**
 * A call on its way in: is it for a listen URL, may it pass, are members known? Start at {@link
 * io.github.etcdproxy.okhttp.internal.call.EtcdProxyInterceptor}, which hands over to the attempts.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.call;

import org.jspecify.annotations.NullMarked;
