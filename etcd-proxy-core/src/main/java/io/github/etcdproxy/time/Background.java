package io.github.etcdproxy.time;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All that runs outside the callers' threads, and all that is not the same twice: time, threads, randomness.
 *
 * <p>By default this is one daemon thread that waits for the next thing to do, and a short-lived one for each exchange
 * with a peer; the first never does I/O, so that a peer that says nothing can't stop time. Thread safe if its parts are.
 */
public final class Background implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Executor executor;
    private final Random random;
    private final Runnable stop;

    /**
     * Puts together parts of the caller's, none of which {@link #close} stops.
     *
     * @param ticker tells the time
     * @param scheduler runs short tasks later
     * @param executor runs tasks that block on I/O
     * @param random shuffles members and spreads delays; thread safe, as {@link Random} is
     */
    public Background(Ticker ticker, Scheduler scheduler, Executor executor, Random random) {
        this(ticker, scheduler, executor, random, () -> {});
    }

    private Background(Ticker ticker, Scheduler scheduler, Executor executor, Random random, Runnable stop) {
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.executor = executor;
        this.random = random;
        this.stop = stop;
    }

    /**
     * Starts daemon threads of its own, which {@link #close} stops.
     *
     * @param name begins the threads' names
     * @param timer the caller's executor for timed tasks, which is not shut down; null starts a thread for them
     * @return a new background
     */
    public static Background start(String name, @Nullable ScheduledExecutorService timer) {
        ExecutorService io = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons(name + "-io"));
        if (timer != null) {
            return new Background(Ticker.system(), Scheduler.of(timer), io, new Random(), () -> stop(io));
        }
        ScheduledThreadPoolExecutor own = new ScheduledThreadPoolExecutor(1, daemons(name + "-timer"));
        own.setRemoveOnCancelPolicy(true);
        return new Background(Ticker.system(), Scheduler.of(own), io, new Random(), () -> {
            stop(own);
            stop(io);
        });
    }

    /**
     * The ticker.
     *
     * @return tells the time
     */
    public Ticker ticker() {
        return ticker;
    }

    /**
     * The scheduler.
     *
     * @return runs short tasks later
     */
    public Scheduler scheduler() {
        return scheduler;
    }

    /**
     * The executor.
     *
     * @return runs tasks that block on I/O
     */
    public Executor executor() {
        return executor;
    }

    /**
     * The random source.
     *
     * @return shuffles members and spreads delays
     */
    public Random random() {
        return random;
    }

    /** Stops the threads that {@link #start} started and waits, for two seconds at most, until they have ended. */
    @Override
    public void close() {
        stop.run();
    }

    private static void stop(ExecutorService executor) {
        executor.shutdownNow();
        try {
            executor.awaitTermination(CLOSE_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ThreadFactory daemons(String name) {
        ThreadFactory threads = Executors.defaultThreadFactory();
        return task -> {
            Thread thread = threads.newThread(task);
            thread.setName(name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
