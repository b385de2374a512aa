package io.github.etcdproxy.internal.backoff;

import java.time.Duration;

/**
 * Blocks the calling thread for a duration.
 */
@FunctionalInterface
public interface Sleeper {

    /**
     * Waits.
     *
     * @param duration how long
     * @throws InterruptedException if the thread was interrupted
     */
    void sleep(Duration duration) throws InterruptedException;

    /**
     * Returns the system's sleeper.
     *
     * @return one that uses {@link Thread#sleep}
     */
    static Sleeper system() {
        return duration -> Thread.sleep(duration.toMillis());
    }
}
