package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * All options of a proxy. Immutable; {@link OptionsBuilder} says what each means.
 *
 * @param listenClientUrls the URLs whose calls are forwarded; not empty
 * @param discovery finds the peers
 * @param mode what is forwarded
 * @param failureWait how long a failed member is left alone before it is probed
 * @param refreshInterval how often the members are asked for
 * @param dialTimeout bounds connecting to a member, and every exchange with a peer
 * @param writeTimeout bounds each write to a member
 * @param readTimeout bounds each read from a member; zero leaves it to the caller's client
 * @param readyTimeout how long a call waits for the first members
 * @param errorsAsExceptions whether callers get an exception where etcd's proxy answers with a 5xx of its own
 */
public record ProxyOptions(
        List<EtcdUrl> listenClientUrls,
        PeerDiscovery discovery,
        ProxyMode mode,
        Duration failureWait,
        Duration refreshInterval,
        Duration dialTimeout,
        Duration writeTimeout,
        Duration readTimeout,
        Duration readyTimeout,
        boolean errorsAsExceptions) {

    private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is out of its range; the message names the option, its value and the mend
     */
    public ProxyOptions {
        listenClientUrls = List.copyOf(listenClientUrls);
        if (listenClientUrls.isEmpty()) {
            throw new IllegalArgumentException("listen-client-urls: none given: name the URL that the application"
                    + " calls, for example http://localhost:2379");
        }
        Objects.requireNonNull(
                discovery, "discovery: null: give a source, for example PeerDiscovery.initialCluster(…)");
        Objects.requireNonNull(mode, "proxy: null: give a mode, for example ProxyMode.READWRITE");
        requireRange("proxy-failure-wait", failureWait, Duration.ofMillis(1), "5 s");
        requireRange("proxy-refresh-interval", refreshInterval, Duration.ofMillis(1), "30 s");
        requireRange("proxy-dial-timeout", dialTimeout, Duration.ofMillis(1), "1 s");
        requireRange("proxy-write-timeout", writeTimeout, Duration.ofMillis(1), "5 s");
        requireRange(
                "proxy-read-timeout", readTimeout, Duration.ZERO, "0, which leaves it to the client that is wrapped");
        requireRange("ready-timeout", readyTimeout, Duration.ZERO, "5 s");
    }

    private static void requireRange(String option, Duration value, Duration least, String example) {
        Objects.requireNonNull(value, option + ": null: give a duration, for example " + example);
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(option + ": " + value.toString() + ": write a duration from "
                    + least.toMillis() + " ms to " + LONGEST.toDays() + " days, for example " + example);
        }
    }

    /**
     * Starts from etcd's defaults.
     *
     * @return a new builder, in which the listen client URLs are still to be named
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds {@link ProxyOptions}. Not thread safe. */
    public static final class Builder extends OptionsBuilder<Builder> {
        private Builder() {}

        /**
         * Checks and fixes what has been set.
         *
         * @return the options
         * @throws IllegalArgumentException if an option is missing or out of its range
         */
        public ProxyOptions build() {
            return buildOptions();
        }

        @Override
        protected Builder self() {
            return this;
        }
    }
}
