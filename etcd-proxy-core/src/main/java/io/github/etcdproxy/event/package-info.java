/** Events of a running proxy. Start at {@link io.github.etcdproxy.event.EtcdProxyListener}. */
@NullMarked
package io.github.etcdproxy.event;

import org.jspecify.annotations.NullMarked;
