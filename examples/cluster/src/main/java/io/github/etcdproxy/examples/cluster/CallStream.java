package io.github.etcdproxy.examples.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A stream of calls from several threads, to observe while members die. Thread safe. */
public final class CallStream implements AutoCloseable {
    private final OneCall call;
    private final List<Thread> threads;
    private volatile boolean stopped;

    // Guarded by this.
    private long calls;
    private long longestNanos;
    private final List<Throwable> failures = new ArrayList<>();

    /** One call of the stream. */
    @FunctionalInterface
    public interface OneCall {
        /**
         * Makes the call.
         *
         * @throws Exception if it failed
         */
        void run() throws Exception;
    }

    private CallStream(int threads, OneCall call) {
        this.call = call;
        this.threads = IntStream.range(0, threads)
                .mapToObj(i -> new Thread(this::callUntilStopped, "call-stream-" + i))
                .toList();
    }

    /**
     * Starts calling.
     *
     * @param threads how many threads call, each one call after the other
     * @param call what they call
     * @return a stream that runs until it is closed
     */
    public static CallStream start(int threads, OneCall call) {
        CallStream stream = new CallStream(threads, call);
        stream.threads.forEach(Thread::start);
        return stream;
    }

    private void callUntilStopped() {
        while (!stopped) {
            long start = System.nanoTime();
            try {
                call.run();
                ended(System.nanoTime() - start);
            } catch (Throwable e) { // a failed assertion is a failed call too, and must not end the thread silently
                ended(System.nanoTime() - start);
                failed(e);
            }
        }
    }

    private synchronized void ended(long nanos) {
        calls++;
        longestNanos = Math.max(longestNanos, nanos);
        notifyAll();
    }

    private synchronized void failed(Throwable failure) {
        failures.add(failure);
    }

    /**
     * Waits until a number of further calls have ended, successfully or not.
     *
     * @param more how many from now on
     * @throws InterruptedException if the thread was interrupted
     */
    public synchronized void awaitCalls(long more) throws InterruptedException {
        long until = calls + more;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (calls < until) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException((until - calls) + " of " + more + " calls have not ended after 60 s");
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /**
     * The calls so far.
     *
     * @return how many have ended, successfully or not
     */
    public synchronized long calls() {
        return calls;
    }

    /**
     * The failures so far.
     *
     * @return the exception of each failed call
     */
    public synchronized List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /**
     * The longest stall.
     *
     * @return how long the longest call took that has ended
     */
    public synchronized Duration longestCall() {
        return Duration.ofNanos(longestNanos);
    }

    /** Stops the stream and waits for the calls under way. */
    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
