package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.internal.backoff.Backoff;
import java.time.Duration;
import java.util.Random;

/** Computes the delay until the next refresh. Pure functions. */
final class RefreshSchedule {
    /** The delay while no client URL is known; also the minimum between two refreshes. */
    static final Duration SOON = Duration.ofSeconds(1);

    /** The delay while a peer reports that no member has published its client URLs yet. */
    private static final Duration VERY_SOON = Duration.ofMillis(500);

    /** How many consecutive refreshes, a second apart, wait for a member; after that, the delays grow. */
    private static final int PATIENT = 30;

    private RefreshSchedule() {}

    /**
     * The delay after a refresh.
     *
     * @param known whether any client URL is known
     * @param starting whether a peer has just reported that no member has published its client URLs
     * @param awaited the number of consecutive refreshes that showed a member without client URLs
     * @param interval the refresh interval
     */
    static Duration next(boolean known, boolean starting, int awaited, Duration interval, Random random) {
        if (!known) {
            return min(starting ? VERY_SOON : SOON, interval);
        }
        if (awaited == 0) {
            return Backoff.spread(interval, random);
        }
        int beyond = Math.max(1, awaited - PATIENT + 1);
        return Backoff.spread(min(new Backoff(SOON, interval).after(beyond), interval), random);
    }

    /** The delay while no client URL is known. */
    static Duration soon(Duration interval) {
        return min(SOON, interval);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
