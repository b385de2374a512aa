package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.OptionValues.Switch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The setters of all options, shared by all builders. Arguments must not be null; ranges are checked by {@code build}
 * or {@code start}. Not thread safe.
 *
 * @param <B> the builder's own type
 * @since 0.1
 */
public abstract class OptionsBuilder<B extends OptionsBuilder<B>> {
    private final OptionValues values = new OptionValues();

    /** Creates a builder with etcd's defaults. */
    protected OptionsBuilder() {}

    /**
     * This builder.
     *
     * @return {@code this}
     */
    protected abstract B self();

    private B set(Switch option, boolean on) {
        values.set(option, on);
        return self();
    }

    /**
     * Validates the options and makes them immutable.
     *
     * @return the options
     * @throws IllegalArgumentException if an option is missing or out of its range
     */
    protected final ProxyOptions buildOptions() {
        if (values.listenClientUrls.isEmpty()) {
            throw new IllegalArgumentException("listen-client-urls: none given: name the URL that the application"
                    + " calls, for example http://localhost:2379");
        }
        return new ProxyOptions(values);
    }

    /**
     * Checks and fixes what has been set, for a registry without a proxy, which has no listen client URLs.
     *
     * @return the options
     * @throws IllegalArgumentException if an option is out of its range
     */
    protected final ProxyOptions buildRegistryOptions() {
        return new ProxyOptions(values);
    }

    /**
     * Sets the options from etcd's flags and environment variables.
     *
     * @param <T> the builder's type
     * @param builder the builder to set them in
     * @param flags the flags
     * @return the builder
     * @throws IllegalArgumentException if a flag or variable has a bad value
     */
    protected static <T extends OptionsBuilder<T>> T flagged(T builder, EtcdFlags flags) {
        return new OptionsFromFlags(flags).applyTo(builder);
    }

    /**
     * The URLs that the application calls: {@code --listen-client-urls}. Calls to them are forwarded to a member; all
     * others are left alone. Nothing listens at these URLs.
     *
     * <p>Scheme, host and port must match the call's: {@code localhost} is not {@code 127.0.0.1}. A wildcard address
     * ({@code 0.0.0.0} or {@code [::]}) stands for this machine's {@code localhost}, {@code 127.0.0.1} and {@code
     * [::1]}. There is no default.
     *
     * @param urls for example {@code http://localhost:2379}; each may be a comma-separated list, as in the flag
     * @return this builder
     * @throws IllegalArgumentException if a URL is malformed; the message shows it and says what to write
     */
    public B listenClientUrls(String... urls) {
        values.listenClientUrls = EtcdUrl.parseList("listen-client-urls", urls);
        return self();
    }

    /**
     * The source of peers. By default the peer ports of this machine, as in etcd.
     *
     * @param source for example {@link PeerDiscovery#initialCluster}
     * @return this builder
     */
    public B discovery(PeerDiscovery source) {
        values.discovery = source;
        return self();
    }

    /**
     * The directory that stores the peers known last: {@code --data-dir}. At the next start they are asked first; if
     * none of them responds, the discovery is used. The file is {@code proxy/cluster} in this directory, in etcd's
     * format. Members found at their client URLs are not stored. By default nothing is stored.
     *
     * @param directory need not exist
     * @return this builder
     */
    public B dataDir(Path directory) {
        values.dataDir = Objects.requireNonNull(directory, "data-dir: null: name a directory, or leave the option out");
        return self();
    }

    /**
     * Filters and maps the client URLs that members advertise, for example to keep to one data centre, or if a port is
     * mapped. It runs before all other rules, which drop wildcard addresses, and plain http if the peers or a listen
     * client URL are https. By default every URL is used as it is.
     *
     * @param rule returns the URL to use for an advertised one, or empty to drop it; called at each refresh, by one
     *     thread at a time. If it throws, the URL is dropped and the reason is logged
     * @return this builder
     */
    public B clientUrlRule(Function<EtcdUrl, Optional<EtcdUrl>> rule) {
        values.clientUrlRule =
                Objects.requireNonNull(rule, "clientUrlRule: null: give a rule, or leave the option out");
        return self();
    }

    /**
     * Whether a cluster with a different id is never adopted. By default it is adopted, as a restored cluster, if no
     * known peer reports the first id any more and all peers that respond agree on the new one at three consecutive
     * refreshes.
     *
     * @param strict true to never adopt one
     * @return this builder
     */
    public B strictClusterId(boolean strict) {
        return set(Switch.STRICT_CLUSTER_ID, strict);
    }

    /**
     * The mode: {@code --proxy}. By default reads and writes are forwarded.
     *
     * @param mode the mode
     * @return this builder
     */
    public B mode(ProxyMode mode) {
        values.mode = mode;
        return self();
    }

    /**
     * How long a failed member is left alone before it is probed: {@code --proxy-failure-wait}. It doubles with each
     * probe that fails, up to the refresh interval. By default 5 s.
     *
     * @param wait at least 1 ms
     * @return this builder
     */
    public B failureWait(Duration wait) {
        values.timings.put(Timing.FAILURE_WAIT, wait);
        return self();
    }

    /**
     * How often the list of members is refreshed: {@code --proxy-refresh-interval}. Jittered by ±10 %, so that many
     * proxies don't refresh in step. By default 30 s.
     *
     * @param interval at least 1 ms
     * @return this builder
     */
    public B refreshInterval(Duration interval) {
        values.timings.put(Timing.REFRESH_INTERVAL, interval);
        return self();
    }

    /**
     * The time limit for resolving a member's name, for connecting to a member or peer, and for a whole probe:
     * {@code --proxy-dial-timeout}. The wrapped client's connect timeout applies if it is shorter. By default 1 s. A
     * peer that takes longer to answer is waited for, up to ten seconds, if no other peer answers.
     *
     * @param timeout at least 1 ms
     * @return this builder
     */
    public B dialTimeout(Duration timeout) {
        values.timings.put(Timing.DIAL_TIMEOUT, timeout);
        return self();
    }

    /**
     * The time limit for each write of a request's body to a member: {@code --proxy-write-timeout}. The wrapped
     * client's write timeout applies if it is shorter. By default 5 s.
     *
     * @param timeout at least 1 ms
     * @return this builder
     */
    public B writeTimeout(Duration timeout) {
        values.timings.put(Timing.WRITE_TIMEOUT, timeout);
        return self();
    }

    /**
     * The time limit for each read from a member: {@code --proxy-read-timeout}. The wrapped client's read timeout
     * applies if it is shorter. By default zero, which leaves it to the wrapped client.
     *
     * @param timeout zero or more
     * @return this builder
     */
    public B readTimeout(Duration timeout) {
        values.timings.put(Timing.READ_TIMEOUT, timeout);
        return self();
    }

    /**
     * How long a call made before the first members are known waits for them, within its own call timeout. By default
     * 5 s.
     *
     * @param timeout zero or more
     * @return this builder
     */
    public B readyTimeout(Duration timeout) {
        values.timings.put(Timing.READY_TIMEOUT, timeout);
        return self();
    }

    /**
     * Whether a call that can't be forwarded throws an exception instead of returning the response of etcd's proxy: 501
     * for a write in read-only mode, 502 if no member responds, 503 if no member is known. By default it returns a
     * response.
     *
     * @param exceptions true for exceptions
     * @return this builder
     */
    public B errorsAsExceptions(boolean exceptions) {
        return set(Switch.ERRORS_AS_EXCEPTIONS, exceptions);
    }

    /**
     * Whether calls take turns among the members that are up. By default all calls go to one member until it fails or a
     * refresh shuffles the order, as in etcd's proxy: that is faster, since its connections are warm.
     *
     * @param takeTurns true for round robin
     * @return this builder
     */
    public B roundRobin(boolean takeTurns) {
        return set(Switch.ROUND_ROBIN, takeTurns);
    }

    /**
     * Whether a watch resumes when its member dies or hangs: the body that the caller is reading continues from another
     * member, with no event lost or duplicated, however long it takes to find one. This applies to {@code wait=true} of
     * the v2 keys API and to {@code watch} of the v3 JSON gateway. The watch ends if etcd's history does not reach back
     * to the last event. On by default; if off, the body breaks off with its member.
     *
     * @param resume false for off
     * @return this builder
     */
    public B resumeWatches(boolean resume) {
        return set(Switch.RESUME_WATCHES, resume);
    }

    /**
     * Whether the mode {@link ProxyMode#READONLY} permits GET only, as etcd's proxy did: no HEAD, no OPTIONS, and no v3
     * API, whose reads are POSTs. Off by default.
     *
     * @param strict true for GET only
     * @return this builder
     */
    public B strictReadOnly(boolean strict) {
        return set(Switch.STRICT_READ_ONLY, strict);
    }

    /**
     * Adds a listener for the proxy's events. May be called several times.
     *
     * @param listener the listener
     * @return this builder
     */
    public B listener(EtcdProxyListener listener) {
        values.listeners.add(
                Objects.requireNonNull(listener, "listener: null: give a listener, or leave the option out"));
        return self();
    }
}
