/**
 * Interfaces to time and threads. {@link io.github.etcdproxy.time.TaskRunner} runs background tasks; tests replace
 * {@link io.github.etcdproxy.time.Ticker} and {@link io.github.etcdproxy.time.Scheduler} by a manual clock.
 */
@NullMarked
package io.github.etcdproxy.time;

import org.jspecify.annotations.NullMarked;
