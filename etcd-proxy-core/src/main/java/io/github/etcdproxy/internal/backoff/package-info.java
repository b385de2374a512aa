/**
 * Pauses between tries: {@link io.github.etcdproxy.internal.backoff.Backoff} says how long, {@link
 * io.github.etcdproxy.internal.backoff.Sleeper} waits.
 */
@NullMarked
package io.github.etcdproxy.internal.backoff;

import org.jspecify.annotations.NullMarked;
