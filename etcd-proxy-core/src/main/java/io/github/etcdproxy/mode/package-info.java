/** What may pass: {@link io.github.etcdproxy.mode.ProxyMode} decides by a request's {@link io.github.etcdproxy.mode.RequestKind}. */
@NullMarked
package io.github.etcdproxy.mode;

import org.jspecify.annotations.NullMarked;
