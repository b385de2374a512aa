/**
 * Watches that outlive their member. Start at {@link io.github.etcdproxy.okhttp.internal.watch.ResumableWatches}:
 * {@code WatchRequests} recognizes watches, {@code WatchBody} is what the caller reads, {@code WatchCursor} knows how
 * far it has got, {@code WatchReopener} opens the watch again from there until its {@code WatchCaller} ends it.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.watch;

import org.jspecify.annotations.NullMarked;
