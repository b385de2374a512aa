package io.github.etcdproxy.internal.snapshot;

import java.time.Duration;
import java.util.Random;

/**
 * An outage of a member: its cause and the time of the next probe. Immutable.
 *
 * @param failures the number of consecutive failures: one in a call, the others in probes
 * @param since the ticker's reading at the first failure
 * @param retryAt the ticker's reading at the next probe
 * @param delay the delay from the last failure to the next probe
 * @param cause the last failure, on one line
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

    /** Doubles with each failure, from the first delay up to the longest. */
    public static Duration backOff(int failures, Duration first, Duration longest) {
        Duration limit = longest.compareTo(first) < 0 ? first : longest;
        Duration wait = first;
        for (int i = 1; i < failures && wait.compareTo(limit) < 0; i++) {
            wait = wait.multipliedBy(2);
        }
        return wait.compareTo(limit) < 0 ? wait : limit;
    }

    /** Jitters a delay by ±10 %, so that many proxies don't act in step. */
    public static Duration spread(Duration delay, Random random) {
        return Duration.ofNanos((long) (delay.toNanos() * (0.9 + 0.2 * random.nextDouble())));
    }
}
