package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The setters of all options, shared by every builder that ends in a proxy. No argument may be null; ranges are checked
 * when the builder builds. Not thread safe.
 *
 * @param <B> the builder's own type
 */
public abstract class OptionsBuilder<B extends OptionsBuilder<B>> {
    List<EtcdUrl> listenClientUrls = List.of();
    PeerDiscovery discovery = PeerDiscovery.localhost();
    ProxyMode mode = ProxyMode.ON;
    final Map<Timing, Duration> timings = Timing.defaults();
    final Set<Switch> switches = EnumSet.of(Switch.RESUME_WATCHES);

    @Nullable
    Path dataDir;

    Function<EtcdUrl, Optional<EtcdUrl>> clientUrlRule = Optional::of;
    final List<EtcdProxyListener> listeners = new ArrayList<>();

    /** The options that are on or off. */
    enum Switch {
        STRICT_CLUSTER_ID,
        ERRORS_AS_EXCEPTIONS,
        ROUND_ROBIN,
        RESUME_WATCHES,
        STRICT_READ_ONLY
    }

    /** For builders that end in a proxy. */
    protected OptionsBuilder() {}

    /**
     * This builder.
     *
     * @return {@code this}
     */
    protected abstract B self();

    private B set(Switch option, boolean on) {
        if (on) {
            switches.add(option);
        } else {
            switches.remove(option);
        }
        return self();
    }

    /**
     * Checks and fixes what has been set.
     *
     * @return the options
     * @throws IllegalArgumentException if an option is missing or out of its range
     */
    protected final ProxyOptions buildOptions() {
        return new ProxyOptions(this);
    }

    /**
     * Sets what flags and environment variables of etcd say.
     *
     * @param <T> the builder's type
     * @param builder in which to set it
     * @param flags what was given
     * @return the builder
     * @throws IllegalArgumentException if a flag or variable has a bad value
     */
    protected static <T extends OptionsBuilder<T>> T flagged(T builder, EtcdFlags flags) {
        return new FlaggedOptions(flags).applyTo(builder);
    }

    /**
     * The URLs at which the application believes etcd to be: {@code --listen-client-urls}. Calls to them are forwarded to
     * a member, all others pass untouched; nothing listens there.
     *
     * <p>Scheme, host and port must match the call's: {@code localhost} is not {@code 127.0.0.1}. A wildcard address
     * ({@code 0.0.0.0} or {@code [::]}) stands for this machine's {@code localhost}, {@code 127.0.0.1} and {@code [::1]}.
     * There is no default.
     *
     * @param urls for example {@code http://localhost:2379}; each may be a list separated by commas, as the flag has it
     * @return this builder
     * @throws IllegalArgumentException if a URL is malformed; the message shows it and says what to write
     */
    public B listenClientUrls(String... urls) {
        listenClientUrls = EtcdUrl.parseList("listen-client-urls", urls);
        return self();
    }

    /**
     * How the peers are found. By default at the peer ports of this machine, as etcd does.
     *
     * @param source for example {@link PeerDiscovery#initialCluster}
     * @return this builder
     */
    public B discovery(PeerDiscovery source) {
        discovery = source;
        return self();
    }

    /**
     * Where the peers known last are remembered: {@code --data-dir}. At the next start they are asked first, whatever the
     * discovery says; if none of them answers, the discovery is asked. The file is {@code proxy/cluster} in this directory,
     * in etcd's format. Members found at their client URLs are not remembered. By default nothing is.
     *
     * @param directory need not exist
     * @return this builder
     */
    public B dataDir(Path directory) {
        dataDir = Objects.requireNonNull(directory, "data-dir: null: name a directory, or leave the option out");
        return self();
    }

    /**
     * Decides which of the client URLs that members advertise are used, and may use others in their place: to keep to one
     * data centre, say, or where a port is mapped. It comes before all other rules, which drop wildcard addresses, and plain
     * http where the peers or a listen client URL are https. By default every URL is used as it is.
     *
     * @param rule gives the URL to use for one that was advertised, or empty to drop it; called at each refresh, by one
     *     thread at a time. If it throws, the URL is dropped, and the reason told
     * @return this builder
     */
    public B clientUrlRule(Function<EtcdUrl, Optional<EtcdUrl>> rule) {
        clientUrlRule = Objects.requireNonNull(rule, "clientUrlRule: null: give a rule, or leave the option out");
        return self();
    }

    /**
     * Whether a cluster with another id than the one first found is never taken for it. By default it is taken, as a restored
     * one, when no known peer answers for the first one any more and all that do answer agree at three refreshes in a row.
     *
     * @param strict true for never
     * @return this builder
     */
    public B strictClusterId(boolean strict) {
        return set(Switch.STRICT_CLUSTER_ID, strict);
    }

    /**
     * What is forwarded: {@code --proxy}. By default reads and writes.
     *
     * @param mode the mode
     * @return this builder
     */
    public B mode(ProxyMode mode) {
        this.mode = mode;
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
        timings.put(Timing.FAILURE_WAIT, wait);
        return self();
    }

    /**
     * How often the members are asked for: {@code --proxy-refresh-interval}. Spread by a tenth either way, so that a
     * fleet doesn't ask in step. By default 30 s.
     *
     * @param interval at least 1 ms
     * @return this builder
     */
    public B refreshInterval(Duration interval) {
        timings.put(Timing.REFRESH_INTERVAL, interval);
        return self();
    }

    /**
     * How long resolving a member's name may take, and connecting to it, and a whole exchange with a peer or a probe:
     * {@code --proxy-dial-timeout}. The wrapped client's own connect timeout holds where it is shorter. By default 1 s.
     *
     * @param timeout at least 1 ms
     * @return this builder
     */
    public B dialTimeout(Duration timeout) {
        timings.put(Timing.DIAL_TIMEOUT, timeout);
        return self();
    }

    /**
     * How long one write of a request's body to a member may take: {@code --proxy-write-timeout}. The wrapped client's own
     * holds where it is shorter. By default 5 s.
     *
     * @param timeout at least 1 ms
     * @return this builder
     */
    public B writeTimeout(Duration timeout) {
        timings.put(Timing.WRITE_TIMEOUT, timeout);
        return self();
    }

    /**
     * How long one read from a member may take: {@code --proxy-read-timeout}. The wrapped client's own holds where it is
     * shorter. By default zero, which leaves it to the wrapped client.
     *
     * @param timeout zero or more
     * @return this builder
     */
    public B readTimeout(Duration timeout) {
        timings.put(Timing.READ_TIMEOUT, timeout);
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
        timings.put(Timing.READY_TIMEOUT, timeout);
        return self();
    }

    /**
     * Whether a call that can't be forwarded throws, rather than being answered as etcd's proxy answers it: 501 for a
     * write when read-only, 502 when no member gave a response, 503 when no member is known. By default it is answered.
     *
     * @param exceptions true for exceptions
     * @return this builder
     */
    public B errorsAsExceptions(boolean exceptions) {
        return set(Switch.ERRORS_AS_EXCEPTIONS, exceptions);
    }

    /**
     * Whether calls take turns among the members that are up. By default they all go to one until it fails, and to another
     * from each refresh on, as etcd's proxy does: that is faster, since its connections are warm.
     *
     * @param takeTurns true for turns
     * @return this builder
     */
    public B roundRobin(boolean takeTurns) {
        return set(Switch.ROUND_ROBIN, takeTurns);
    }

    /**
     * Whether a watch goes on when its member dies or hangs: the body that the caller is reading continues from another
     * member, with no event lost and none doubled, for as long as it takes to find one. That holds for {@code wait=true} of
     * the v2 keys API and for {@code watch} of the v3 JSON gateway; it ends where etcd's history does not reach back to the
     * last event. By default on; off, the body breaks off with its member.
     *
     * @param resume false for off
     * @return this builder
     */
    public B resumeWatches(boolean resume) {
        return set(Switch.RESUME_WATCHES, resume);
    }

    /**
     * Whether the mode {@link ProxyMode#READONLY} lets pass nothing but GET, as etcd's own did: no HEAD, no OPTIONS, and
     * nothing of the v3 API, whose reads are POSTs. By default off.
     *
     * @param strict true for GET alone
     * @return this builder
     */
    public B strictReadOnly(boolean strict) {
        return set(Switch.STRICT_READ_ONLY, strict);
    }

    /**
     * Has a listener told what happens in the proxy. May be called several times; each listener is told.
     *
     * @param listener one more listener
     * @return this builder
     */
    public B listener(EtcdProxyListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener: null: give a listener, or leave the option out"));
        return self();
    }
}
