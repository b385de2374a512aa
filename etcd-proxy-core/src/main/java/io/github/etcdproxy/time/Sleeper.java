package io.github.etcdproxy.time;

import java.time.Duration;

/** Lets time pass on the calling thread. */
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
     * The system's time.
     *
     * @return waits by {@link Thread#sleep}
     */
    static Sleeper system() {
        return duration -> Thread.sleep(duration.toMillis());
    }
}
