package io.github.etcdproxy.time;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** A manual clock, and the scheduler that it drives. Not thread safe. */
public final class VirtualTime implements Ticker, Scheduler {
    private final PriorityQueue<Entry> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::number));
    private long now = Long.MAX_VALUE - Duration.ofHours(1).toNanos(); // so that it overflows in long tests
    private long numbers;

    /** A clock at an arbitrary time. */
    public VirtualTime() {}

    private record Entry(long at, long number, FutureTask<?> task) {}

    @Override
    public long read() {
        return now;
    }

    @Override
    public Future<?> schedule(Runnable task, Duration delay) {
        FutureTask<?> future = new FutureTask<>(task, null);
        tasks.add(new Entry(elapsed() + delay.toNanos(), numbers++, future));
        return future;
    }

    private long elapsed() {
        return now - (Long.MAX_VALUE - Duration.ofHours(1).toNanos());
    }

    /** Advances the clock and runs each task when it is due. */
    public void advance(Duration duration) {
        long target = elapsed() + duration.toNanos();
        while (!tasks.isEmpty() && tasks.element().at() <= target) {
            Entry next = tasks.remove();
            now += Math.max(0, next.at() - elapsed());
            next.task().run();
        }
        now += target - elapsed();
    }

    /** The number of pending tasks that have not been canceled. */
    public long pending() {
        return tasks.stream().filter(entry -> !entry.task().isCancelled()).count();
    }

    /** A task runner whose tasks run on the thread that advances the clock. */
    public TaskRunner tasks() {
        return new TaskRunner(this, this, Runnable::run, new Random(42));
    }
}
