package io.github.etcdproxy.okhttp.internal.attempt;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import okio.AsyncTimeout;

/**
 * A timeout without effect that saves wake-ups of Okio's watchdog thread. Okio wakes that thread whenever a timeout
 * becomes the next one due, as each write, flush and read of a lone exchange does. While this timeout is due earlier,
 * they don't. OkHttp's timeouts expire as usual (ADR 19).
 *
 * <p>Okio has one timeout queue per process, so there is one instance. Thread safe.
 */
public final class EarlyTimeout extends AsyncTimeout {
    /** Shorter than the timeouts that clients set, and long enough that busy clients seldom enter it. */
    private static final Duration EARLY = Duration.ofMillis(100);

    private static final EarlyTimeout INSTANCE = new EarlyTimeout();

    private final AtomicBoolean entered = new AtomicBoolean();

    private EarlyTimeout() {
        timeout(EARLY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Called before an exchange. */
    static void keepOneDue() {
        AtomicBoolean entered = INSTANCE.entered;
        if (!entered.get() && entered.compareAndSet(false, true)) {
            INSTANCE.enter();
        }
    }

    @Override
    protected void timedOut() {
        exit(); // so that it can be entered again
        entered.set(false);
    }
}
