/**
 * What a proxy tells of itself while it runs. Start at {@link io.github.etcdproxy.event.EtcdProxyListener}.
 */
@NullMarked
package io.github.etcdproxy.event;

import org.jspecify.annotations.NullMarked;
