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

    /** How many consecutive refreshes, half a minute from the first to the last, a cluster may take to start. */
    private static final int STARTING = 61;

    /** How many consecutive refreshes, a second apart, wait for a member; after that, the delays grow. */
    private static final int AWAITED = 30;

    private RefreshSchedule() {}

    /**
     * The delay after a refresh.
     *
     * @param known whether any client URL is known
     * @param starting the number of consecutive refreshes in which no member had published its client URLs
     * @param awaited the number of consecutive refreshes that showed a member without client URLs
     * @param interval the refresh interval
     */
    static Duration next(boolean known, int starting, int awaited, Duration interval, Random random) {
        if (!known) {
            return min(isAboutToBeReady(starting) ? VERY_SOON : SOON, interval);
        }
        if (awaited == 0) {
            return Backoff.spread(interval, random);
        }
        int beyond = Math.max(1, awaited - AWAITED + 1);
        return Backoff.spread(min(new Backoff(SOON, interval).after(beyond), interval), random);
    }

    /** Whether a cluster is still given time to start, after a number of refreshes that found it starting. */
    static boolean isAboutToBeReady(int starting) {
        return starting > 0 && starting <= STARTING;
    }

    /** The delay while no client URL is known. */
    static Duration soon(Duration interval) {
        return min(SOON, interval);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
