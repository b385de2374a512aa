package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.internal.datadir.DataDir;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.OptionValues.Switch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The validated options of a proxy. Immutable; {@link OptionsBuilder} documents each.
 *
 * @since 0.1
 */
public final class ProxyOptions {
    private final List<EtcdUrl> listenClientUrls;
    private final PeerDiscovery discovery;
    private final ProxyMode mode;
    private final Duration failureWait;
    private final Duration refreshInterval;
    private final Duration dialTimeout;
    private final Duration writeTimeout;
    private final Duration readTimeout;
    private final Duration readyTimeout;
    private final @Nullable Path dataDir;
    private final Function<EtcdUrl, Optional<EtcdUrl>> clientUrlRule;
    private final boolean strictClusterId;
    private final boolean errorsAsExceptions;
    private final boolean roundRobin;
    private final boolean resumeWatches;
    private final boolean strictReadOnly;
    private final EtcdProxyListener listener;
    private final boolean hasListeners;

    ProxyOptions(OptionValues values) {
        listenClientUrls = List.copyOf(values.listenClientUrls);
        discovery = values.discovery;
        mode = values.mode;
        clientUrlRule = values.clientUrlRule;
        strictClusterId = values.isOn(Switch.STRICT_CLUSTER_ID);
        errorsAsExceptions = values.isOn(Switch.ERRORS_AS_EXCEPTIONS);
        roundRobin = values.isOn(Switch.ROUND_ROBIN);
        resumeWatches = values.isOn(Switch.RESUME_WATCHES);
        strictReadOnly = values.isOn(Switch.STRICT_READ_ONLY);
        listener = EtcdProxyListener.all(values.listeners);
        hasListeners = !values.listeners.isEmpty();
        Objects.requireNonNull(
                discovery, "discovery: null: give a source, for example PeerDiscovery.initialCluster(…)");
        Objects.requireNonNull(mode, "proxy: null: give a mode, for example ProxyMode.ON");
        failureWait = values.checked(Timing.FAILURE_WAIT);
        refreshInterval = values.checked(Timing.REFRESH_INTERVAL);
        dialTimeout = values.checked(Timing.DIAL_TIMEOUT);
        writeTimeout = values.checked(Timing.WRITE_TIMEOUT);
        readTimeout = values.checked(Timing.READ_TIMEOUT);
        readyTimeout = values.checked(Timing.READY_TIMEOUT);
        dataDir = values.dataDir == null ? null : DataDir.requireUsable(values.dataDir);
    }

    /**
     * The URLs whose calls are forwarded.
     *
     * @return unmodifiable, not empty
     */
    public List<EtcdUrl> listenClientUrls() {
        return listenClientUrls;
    }

    /**
     * The source of peers.
     *
     * @return not null
     */
    public PeerDiscovery discovery() {
        return discovery;
    }

    /**
     * The mode: what is forwarded.
     *
     * @return not null
     */
    public ProxyMode mode() {
        return mode;
    }

    /**
     * How long a failed member is left alone before it is probed.
     *
     * @return a duration
     */
    public Duration failureWait() {
        return failureWait;
    }

    /**
     * How often the list of members is refreshed.
     *
     * @return a duration
     */
    public Duration refreshInterval() {
        return refreshInterval;
    }

    /**
     * Bounds connecting to a member or peer, and every probe.
     *
     * @return a duration
     */
    public Duration dialTimeout() {
        return dialTimeout;
    }

    /**
     * Bounds each write of a request's body to a member.
     *
     * @return a duration
     */
    public Duration writeTimeout() {
        return writeTimeout;
    }

    /**
     * Bounds each read from a member.
     *
     * @return a duration
     */
    public Duration readTimeout() {
        return readTimeout;
    }

    /**
     * How long a call waits for the first members.
     *
     * @return a duration
     */
    public Duration readyTimeout() {
        return readyTimeout;
    }

    /**
     * The directory that stores the peers known last.
     *
     * @return empty if they are not stored
     */
    public Optional<Path> dataDir() {
        return Optional.ofNullable(dataDir);
    }

    /**
     * The rule that filters and maps advertised client URLs.
     *
     * @return not null
     */
    public Function<EtcdUrl, Optional<EtcdUrl>> clientUrlRule() {
        return clientUrlRule;
    }

    /**
     * Whether a cluster with another id is never adopted.
     *
     * @return true or false
     */
    public boolean strictClusterId() {
        return strictClusterId;
    }

    /**
     * Whether callers get an exception instead of a 5xx response of the proxy.
     *
     * @return true or false
     */
    public boolean errorsAsExceptions() {
        return errorsAsExceptions;
    }

    /**
     * Whether calls are distributed round robin among the members that are up.
     *
     * @return false if they go to the first until it fails
     */
    public boolean roundRobin() {
        return roundRobin;
    }

    /**
     * Whether a watch resumes when its member dies or hangs.
     *
     * @return true by default
     */
    public boolean resumeWatches() {
        return resumeWatches;
    }

    /**
     * Whether read-only mode permits GET only.
     *
     * @return false by default
     */
    public boolean strictReadOnly() {
        return strictReadOnly;
    }

    /**
     * The listener for the proxy's events.
     *
     * @return all listeners combined into one that never throws
     */
    public EtcdProxyListener listener() {
        return listener;
    }

    /**
     * Whether there are listeners, so that events must be created.
     *
     * @return false if no listener was given
     */
    public boolean hasListeners() {
        return hasListeners;
    }
}
