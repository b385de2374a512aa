package io.github.etcdproxy.time;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Runs short tasks after a delay. The tasks never block, so one thread serves any number of proxies.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Scheduler {

    /**
     * Runs a task once, after a delay.
     *
     * @param task what to run; it does no I/O
     * @param delay how long to wait
     * @return a handle whose {@code cancel} prevents the task from starting
     */
    Future<?> schedule(Runnable task, Duration delay);

    /**
     * Returns a scheduler that uses the caller's executor.
     *
     * @param executor runs the tasks; it is neither shut down nor otherwise changed
     * @return a scheduler
     */
    static Scheduler of(ScheduledExecutorService executor) {
        return (task, delay) -> executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
