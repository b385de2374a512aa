/**
 * The proxy's options: {@link io.github.etcdproxy.options.ProxyOptions}, validated when built. Names, defaults and
 * units are those of etcd's flags.
 */
@NullMarked
package io.github.etcdproxy.options;

import org.jspecify.annotations.NullMarked;
