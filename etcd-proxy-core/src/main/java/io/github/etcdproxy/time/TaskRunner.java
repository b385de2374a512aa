package io.github.etcdproxy.time;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock, timer, I/O executor and random source of one proxy.
 *
 * <p>By default there is one daemon thread for the timer and a short-lived one for each exchange with a peer. The timer
 * thread never does I/O, so that a silent peer can't delay timed tasks. Thread safe if its parts are.
 *
 * @since 0.1
 */
public final class TaskRunner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TaskRunner.class);
    private static final AtomicInteger instances = new AtomicInteger();

    private final Ticker ticker;
    private final Scheduler scheduler;
    private final Executor executor;
    private final Random random;
    private final Runnable stop;
    private final AtomicBoolean rejectionReported = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * Combines the caller's parts, which {@link #close} does not stop.
     *
     * @param ticker tells the time
     * @param scheduler runs short tasks later
     * @param executor runs tasks that block on I/O
     * @param random shuffles members and spreads delays; thread safe, as {@link Random} is
     */
    public TaskRunner(Ticker ticker, Scheduler scheduler, Executor executor, Random random) {
        this(ticker, scheduler, executor, random, () -> {});
    }

    private TaskRunner(Ticker ticker, Scheduler scheduler, Executor executor, Random random, Runnable stop) {
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.executor = executor;
        this.random = random;
        this.stop = stop;
    }

    /**
     * Starts daemon threads, which {@link #close} stops. Their names begin with {@code etcd-proxy-}, then a number
     * that no other task runner of this JVM has.
     *
     * @return a new task runner
     */
    public static TaskRunner start() {
        return start(Optional.empty(), Optional.empty());
    }

    /**
     * Uses executors of the caller's, which are not shut down, and starts daemon threads for what is left out.
     *
     * @param timer runs short tasks later; empty for a thread of the task runner
     * @param io runs tasks that block on I/O, each on a thread of its own while it blocks; empty for threads of the
     *     task runner
     * @return a new task runner
     */
    public static TaskRunner start(Optional<ScheduledExecutorService> timer, Optional<Executor> io) {
        Threads threads = new Threads();
        List<ExecutorService> own = new ArrayList<>();
        ScheduledExecutorService scheduler = timer.orElseGet(() -> {
            ScheduledThreadPoolExecutor started = new ScheduledThreadPoolExecutor(1, threads.named("timer"));
            started.setRemoveOnCancelPolicy(true);
            own.add(started);
            return started;
        });
        Executor executor = io.orElseGet(() -> {
            ExecutorService started = threads.io();
            own.add(started);
            return started;
        });
        return new TaskRunner(
                Ticker.system(), Scheduler.of(scheduler), executor, new Random(), () -> threads.stop(own));
    }

    /**
     * The time now.
     *
     * @return the ticker's reading
     */
    public long now() {
        return ticker.read();
    }

    /**
     * Runs a short task after a delay. A rejected task, for example because the executor has been shut down, is logged
     * once.
     *
     * @param task what to run; it does no I/O
     * @param delay how long to wait
     * @return a handle that cancels the task; already canceled if the executor rejected it
     */
    public Future<?> schedule(Runnable task, Duration delay) {
        try {
            return scheduler.schedule(task, delay);
        } catch (RejectedExecutionException e) {
            reportRejection(e);
            Future<?> refused = new FutureTask<>(() -> {}, null);
            refused.cancel(false);
            return refused;
        }
    }

    /**
     * Runs a task that blocks on I/O. A rejected task is logged once.
     *
     * @param task what to run
     * @return whether it will be run
     */
    public boolean execute(Runnable task) {
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) { // the latter if no thread can be created
            reportRejection(e);
            return false;
        }
    }

    private void reportRejection(Throwable e) {
        if (!closed && rejectionReported.compareAndSet(false, true)) {
            log.warn(
                    "An executor rejects background tasks, so members are no longer refreshed and probed; give the"
                            + " proxy one that is not shut down before it",
                    e);
        }
    }

    /**
     * The random source.
     *
     * @return shuffles members and spreads delays
     */
    public Random random() {
        return random;
    }

    /** Stops the threads that {@link #start} started, and waits at most two seconds for them to end. */
    @Override
    public void close() {
        closed = true;
        stop.run();
    }

    /** The threads of one task runner. */
    private static final class Threads {
        private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

        private final String prefix = "etcd-proxy-" + instances.incrementAndGet() + "-";
        private final List<Thread> threads = new ArrayList<>(); // guarded by itself

        ThreadFactory named(String name) {
            return task -> {
                Thread thread = new Thread(task, prefix + name);
                thread.setDaemon(true);
                synchronized (threads) {
                    threads.removeIf(other -> other.getState() == Thread.State.TERMINATED);
                    threads.add(thread);
                }
                return thread;
            };
        }

        ExecutorService io() {
            return new ThreadPoolExecutor(
                    0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), named("io"));
        }

        void stop(List<ExecutorService> executors) {
            boolean wasInterrupted = Thread.currentThread().isInterrupted();
            for (ExecutorService executor : executors) {
                executor.shutdownNow();
            }
            long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
            List<Thread> remaining;
            synchronized (threads) {
                remaining = List.copyOf(threads);
            }
            if (!wasInterrupted && remaining.contains(Thread.currentThread())) {
                boolean unused = Thread.interrupted(); // closing its own proxy must not interrupt a thread
            }
            try {
                for (Thread thread : remaining) {
                    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                    // A thread that closes its own proxy can't wait for itself.
                    if (thread != Thread.currentThread() && left > 0) {
                        thread.join(left);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
