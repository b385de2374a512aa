package io.github.etcdproxy.internal.snapshot;

import java.time.Duration;
import java.util.Random;

/**
 * Why a member is down, and until when it is left alone. Immutable.
 *
 * @param failures how often in a row it failed: once in a call, then in probes
 * @param since the ticker's reading at the first of these failures
 * @param retryAt the ticker's reading at which it is probed
 * @param delay how long that was ahead when it failed
 * @param cause the last failure, fit for an operator
 */
public record Outage(int failures, long since, long retryAt, Duration delay, String cause) {

    public static Outage failedOnce(String cause, long now, Duration failureWait, Random random) {
        return after(1, now, cause, now, spread(failureWait, random));
    }

    public Outage failedAgain(String newCause, long now, Duration failureWait, Duration longest, Random random) {
        return after(failures + 1, since, newCause, now, spread(backOff(failures + 1, failureWait, longest), random));
    }

    private static Outage after(int failures, long since, String cause, long now, Duration delay) {
        return new Outage(failures, since, now + delay.toNanos(), delay, cause);
    }

    /** Doubles from the first wait on with each failure, up to the longest. */
    public static Duration backOff(int failures, Duration first, Duration longest) {
        Duration limit = longest.compareTo(first) < 0 ? first : longest;
        Duration wait = first;
        for (int i = 1; i < failures && wait.compareTo(limit) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(limit) < 0 ? wait : limit;
    }

    /** Up to a tenth shorter or longer, so that many proxies don't act in step. */
    public static Duration spread(Duration delay, Random random) {
        return Duration.ofNanos((long) (delay.toNanos() * (0.9 + 0.2 * random.nextDouble())));
    }
}
