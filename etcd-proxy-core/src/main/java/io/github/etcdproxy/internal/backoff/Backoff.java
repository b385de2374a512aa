package io.github.etcdproxy.internal.backoff;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Delays between tries that double up to a limit. Immutable.
 *
 * @param first the delay after the first failure, also where the longest is shorter
 * @param longest the limit
 */
public record Backoff(Duration first, Duration longest) {

    /** The delay after a number of consecutive failures, 1 or more. */
    public Duration after(int failures) {
        Duration limit = longest.compareTo(first) < 0 ? first : longest;
        Duration delay = first;
        for (int i = 1; i < failures && delay.compareTo(limit) < 0; i++) {
            delay = delay.multipliedBy(2);
        }
        return delay.compareTo(limit) < 0 ? delay : limit;
    }

    /** A delay with a jitter of ±10 %, so that many proxies don't act in step. */
    public static Duration spread(Duration delay, RandomGenerator random) {
        return scaled(delay, 0.9, 1.1, random);
    }

    /** Between half of a delay and all of it, so that many that wait for the same event don't act at once. */
    public static Duration halved(Duration delay, RandomGenerator random) {
        return scaled(delay, 0.5, 1, random);
    }

    private static Duration scaled(Duration delay, double least, double most, RandomGenerator random) {
        return Duration.ofNanos((long) (delay.toNanos() * (least + (most - least) * random.nextDouble())));
    }
}
