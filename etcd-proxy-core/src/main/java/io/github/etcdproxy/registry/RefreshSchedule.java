package io.github.etcdproxy.registry;

import java.time.Duration;
import java.util.Random;

/** When to ask for the members again. Pure functions. */
final class RefreshSchedule {
    /** How often peers are asked while no client URL is known; also the least time between two refreshes. */
    static final Duration SOON = Duration.ofSeconds(1);

    private RefreshSchedule() {}

    /**
     * The delay after a refresh.
     *
     * @param known whether any client URL is known
     * @param awaited how many refreshes in a row have shown a member that has not published its client URLs
     * @param interval the refresh interval
     */
    static Duration next(boolean known, int awaited, Duration interval, Random random) {
        if (!known) {
            return SOON.compareTo(interval) < 0 ? SOON : interval;
        }
        return Health.spread(awaited > 0 ? min(Health.backOff(awaited, SOON, interval), interval) : interval, random);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
