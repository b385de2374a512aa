/**
 * The seams to time and threads. {@link io.github.etcdproxy.time.TaskRunner} holds what runs behind the callers' backs; a
 * test replaces {@link io.github.etcdproxy.time.Ticker} and {@link io.github.etcdproxy.time.Scheduler} by a clock that
 * it moves itself.
 */
@NullMarked
package io.github.etcdproxy.time;

import org.jspecify.annotations.NullMarked;
