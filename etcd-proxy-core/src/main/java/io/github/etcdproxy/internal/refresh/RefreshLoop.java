package io.github.etcdproxy.internal.refresh;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.etcdproxy.time.TaskRunner;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rounds one after another, never two at once. Each returns the delay until the next, and a failed call can pull
 * that forward. The timer only passes rounds to the executor. Thread safe.
 */
final class RefreshLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RefreshLoop.class);

    private final TaskRunner tasks;
    private final Round round;

    @GuardedBy("this")
    private boolean running;

    @GuardedBy("this")
    private boolean pulledWhileRunning;

    @GuardedBy("this")
    private boolean closed;

    @GuardedBy("this")
    private long endOfLastRound;

    @GuardedBy("this")
    private long due;

    @GuardedBy("this")
    private @Nullable Future<?> next;

    /** One refresh. */
    @FunctionalInterface
    interface Round {
        /** Refreshes, and returns the delay until the next round. */
        Duration run() throws InterruptedException;
    }

    RefreshLoop(TaskRunner tasks, Round round) {
        this.tasks = tasks;
        this.round = round;
    }

    void start() {
        schedule(Duration.ZERO);
    }

    /** Pulls the next round forward: to now, or to one second after the end of the last one. */
    synchronized void pullForward() {
        if (running) {
            // The failure may have happened after the running round asked.
            pulledWhileRunning = true;
            return;
        }
        long now = tasks.now();
        long earliest = Math.max(0, endOfLastRound + RefreshSchedule.SOON.toNanos() - now);
        if (next != null && due - now > earliest) {
            schedule(Duration.ofNanos(earliest));
        }
    }

    private synchronized void schedule(Duration delay) {
        if (closed) {
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        due = tasks.now() + delay.toNanos();
        next = tasks.schedule(this::begin, delay);
    }

    private synchronized void begin() {
        if (closed || running) {
            return;
        }
        running = true;
        pulledWhileRunning = false;
        if (!tasks.execute(this::runRound)) {
            running = false;
            schedule(RefreshSchedule.SOON);
        }
    }

    private void runRound() {
        Duration delay = RefreshSchedule.SOON;
        try {
            delay = round.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception | Error e) {
            // A bug of ours must not stop refreshes permanently.
            log.error("Refreshing the members failed unexpectedly; trying again in {}", delay, e);
        } finally {
            end(delay);
        }
    }

    private synchronized void end(Duration delay) {
        running = false;
        endOfLastRound = tasks.now();
        boolean soon = pulledWhileRunning && RefreshSchedule.SOON.compareTo(delay) < 0;
        schedule(soon ? RefreshSchedule.SOON : delay);
    }

    /** Stops the loop. A running round completes, but no other begins. */
    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel(false);
        }
    }
}
