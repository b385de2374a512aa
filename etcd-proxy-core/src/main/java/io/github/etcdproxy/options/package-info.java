/**
 * What the user asks for: {@link io.github.etcdproxy.options.ProxyOptions}, checked once, when it is built. Names, defaults
 * and units are those of etcd's flags.
 */
@NullMarked
package io.github.etcdproxy.options;

import org.jspecify.annotations.NullMarked;
