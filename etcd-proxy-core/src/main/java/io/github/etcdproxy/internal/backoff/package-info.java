/** How long to wait before the next try: {@link io.github.etcdproxy.internal.backoff.Backoff}. */
@NullMarked
package io.github.etcdproxy.internal.backoff;

import org.jspecify.annotations.NullMarked;
