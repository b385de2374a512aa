package io.github.etcdproxy.internal.snapshot;

import io.github.etcdproxy.internal.backoff.Backoff;
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
        return after(1, now, cause, now, Backoff.spread(failureWait, random));
    }

    public Outage failedAgain(String newCause, long now, Duration failureWait, Duration longest, Random random) {
        return after(
                failures + 1,
                since,
                newCause,
                now,
                Backoff.spread(new Backoff(failureWait, longest).after(failures + 1), random));
    }

    private static Outage after(int failures, long since, String cause, long now, Duration delay) {
        return new Outage(failures, since, now + delay.toNanos(), delay, cause);
    }
}
