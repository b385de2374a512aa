package io.github.etcdproxy.registry;

import io.github.etcdproxy.time.Background;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one round after another, never two at once: each says when the next is due, and a failed call can pull that
 * forward. The timer only hands rounds over to the executor. Thread safe.
 */
final class RefreshLoop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RefreshLoop.class);

    private final Background background;
    private final Round round;

    // Guarded by this.
    private boolean running;
    private boolean closed;
    private long endOfLastRound;
    private long due;
    private @Nullable Future<?> next;

    /** One refresh. */
    @FunctionalInterface
    interface Round {
        /** Refreshes, and returns the delay until the next round. */
        Duration run() throws InterruptedException;
    }

    RefreshLoop(Background background, Round round) {
        this.background = background;
        this.round = round;
    }

    void start() {
        schedule(Duration.ZERO);
    }

    /** Has the next round begin soon: at once, but not within a second of the end of the last one. */
    synchronized void pullForward() {
        long now = background.ticker().read();
        long earliest = Math.max(0, endOfLastRound + RefreshSchedule.SOON.toNanos() - now);
        if (!running && next != null && due - now > earliest) {
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
        due = background.ticker().read() + delay.toNanos();
        next = background.scheduler().schedule(this::begin, delay);
    }

    private synchronized void begin() {
        if (closed || running) {
            return;
        }
        running = true;
        try {
            background.executor().execute(this::runRound);
        } catch (RejectedExecutionException e) {
            running = false;
            log.warn("The executor refuses to refresh the members; trying again in {}", RefreshSchedule.SOON, e);
            schedule(RefreshSchedule.SOON);
        }
    }

    private void runRound() {
        Duration delay = RefreshSchedule.SOON;
        try {
            delay = round.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // A user's discovery source may throw anything; the loop must outlive it.
            log.error("Refreshing the members failed; trying again in {}", delay, e);
        } finally {
            synchronized (this) {
                running = false;
                endOfLastRound = background.ticker().read();
                schedule(delay);
            }
        }
    }

    /** Ends the loop. A round under way goes to its end, but no other begins. */
    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel(false);
        }
    }
}
