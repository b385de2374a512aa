/**
 * What ends a wait at once: a canceled call, its deadline, an interrupt. Start at {@link
 * io.github.etcdproxy.okhttp.internal.cancel.CancelableWait}. {@code CallDeadline} knows when a call must end, {@code
 * Interruptible} lets an interrupt end a blocking task, {@code UndeclaredExceptions} restores an interrupt that
 * Kotlin code reports, and {@code WeakThreadLocal} tells a callback of OkHttp for which call it works.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.cancel;

import org.jspecify.annotations.NullMarked;
