/** What a proxy forwards: {@link io.github.etcdproxy.mode.ProxyMode}. */
@NullMarked
package io.github.etcdproxy.mode;

import org.jspecify.annotations.NullMarked;
