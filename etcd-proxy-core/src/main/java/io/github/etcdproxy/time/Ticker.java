package io.github.etcdproxy.time;

/**
 * A monotonic source of time, unrelated to the wall clock. Implementations are thread safe.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Ticker {

    /**
     * The time now.
     *
     * @return nanoseconds since an arbitrary origin, as {@link System#nanoTime()}: only differences are meaningful
     */
    long read();

    /**
     * The JVM's ticker.
     *
     * @return {@link System#nanoTime()}
     */
    static Ticker system() {
        return System::nanoTime;
    }
}
