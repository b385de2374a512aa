/**
 * The one state that all calls read. {@link io.github.etcdproxy.internal.snapshot.LastKnownGood} holds the current
 * {@link io.github.etcdproxy.internal.snapshot.Snapshot}; {@code CallOrder} and {@code Outage} are the pure functions
 * by which it changes.
 */
@NullMarked
package io.github.etcdproxy.internal.snapshot;

import org.jspecify.annotations.NullMarked;
