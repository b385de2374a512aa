package io.github.etcdproxy.options;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The duration options: their names, defaults and ranges. */
enum Timing {
    FAILURE_WAIT("proxy-failure-wait", 5000, 1, "5 s"),
    REFRESH_INTERVAL("proxy-refresh-interval", 30_000, 1, "30 s"),
    DIAL_TIMEOUT("proxy-dial-timeout", 1000, 1, "1 s"),
    WRITE_TIMEOUT("proxy-write-timeout", 5000, 1, "5 s"),
    READ_TIMEOUT("proxy-read-timeout", 0, 0, "0, which leaves it to the client that is wrapped"),
    READY_TIMEOUT("ready-timeout", 5000, 0, "5 s");

    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    private final String option;
    private final Duration byDefault;
    private final Duration least;
    private final String example;

    Timing(String option, long defaultMillis, long leastMillis, String example) {
        this.option = option;
        this.byDefault = Duration.ofMillis(defaultMillis);
        this.least = Duration.ofMillis(leastMillis);
        this.example = example;
    }

    static Map<Timing, Duration> defaults() {
        Map<Timing, Duration> defaults = new EnumMap<>(Timing.class);
        for (Timing timing : values()) {
            defaults.put(timing, timing.byDefault);
        }
        return defaults;
    }

    /**
     * Validates a value.
     *
     * @return the value
     * @throws IllegalArgumentException if it is out of its range
     * @throws NullPointerException if it is null
     */
    Duration checked(@Nullable Duration value) {
        if (value == null) {
            throw new NullPointerException(option + ": null: give a duration, for example " + example);
        }
        boolean lessThanOneMilli = !value.isZero() && value.toMillis() == 0;
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0 || lessThanOneMilli) {
            throw new IllegalArgumentException(option + ": " + value + ": write a duration from " + least.toMillis()
                    + " ms to " + LONGEST.toDays() + " days, for example " + example);
        }
        return value;
    }
}
