package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.internal.snapshot.Outage;
import java.time.Duration;
import java.util.Random;

/** When to ask for the members again. Pure functions. */
final class RefreshSchedule {
    /** How often peers are asked while no client URL is known; also the least time between two refreshes. */
    static final Duration SOON = Duration.ofSeconds(1);

    /** How often they are asked while a peer answers that no member has published its client URLs yet. */
    private static final Duration VERY_SOON = Duration.ofMillis(500);

    /** So many refreshes in a row, a second apart, wait for a member; after that, the pauses grow. */
    private static final int PATIENT = 30;

    private RefreshSchedule() {}

    /**
     * The delay after a refresh.
     *
     * @param known whether any client URL is known
     * @param starting whether a peer has just answered that no member has published its client URLs
     * @param awaited how many refreshes in a row have shown a member that has not published its client URLs
     * @param interval the refresh interval
     */
    static Duration next(boolean known, boolean starting, int awaited, Duration interval, Random random) {
        if (!known) {
            return min(starting ? VERY_SOON : SOON, interval);
        }
        if (awaited == 0) {
            return Outage.spread(interval, random);
        }
        int beyond = Math.max(1, awaited - PATIENT + 1);
        return Outage.spread(min(Outage.backOff(beyond, SOON, interval), interval), random);
    }

    /** The delay while no client URL is known. */
    static Duration soon(Duration interval) {
        return min(SOON, interval);
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
