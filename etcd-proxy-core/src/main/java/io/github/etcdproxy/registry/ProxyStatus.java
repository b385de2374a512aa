package io.github.etcdproxy.registry;

import io.github.etcdproxy.internal.failure.ShortList;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The state of a proxy at one moment, for health pages and support. Immutable.
 *
 * @since 0.1
 */
public final class ProxyStatus {
    private final ProxyMode mode;
    private final boolean closed;
    private final String clusterId;
    private final List<Endpoint> endpoints;
    private final Refresh refresh;

    /** What the refreshes have come to. */
    record Refresh(
            List<EtcdUrl> peers,
            Optional<Duration> since,
            Optional<String> failure,
            Optional<String> waitingFor,
            Optional<String> dropped) {}

    ProxyStatus(ProxyMode mode, boolean closed, String clusterId, List<Endpoint> endpoints, Refresh refresh) {
        this.mode = mode;
        this.closed = closed;
        this.clusterId = clusterId;
        this.endpoints = List.copyOf(endpoints);
        this.refresh = refresh;
    }

    /**
     * What the proxy forwards.
     *
     * @return its mode
     */
    public ProxyMode mode() {
        return mode;
    }

    /**
     * Whether the proxy has been closed.
     *
     * @return true from the beginning of {@code close} on
     */
    public boolean closed() {
        return closed;
    }

    /**
     * The cluster's id.
     *
     * @return lower-case hexadecimal as etcd writes it; empty while unknown
     */
    public String clusterId() {
        return clusterId;
    }

    /**
     * The members' client URLs.
     *
     * @return in the order in which calls try them, unmodifiable; empty until the proxy is ready
     */
    public List<Endpoint> endpoints() {
        return endpoints;
    }

    /**
     * The peers that the next refresh asks.
     *
     * @return unmodifiable; empty until a refresh has succeeded
     */
    public List<EtcdUrl> peers() {
        return refresh.peers();
    }

    /**
     * How long ago a refresh succeeded.
     *
     * @return empty if none has
     */
    public Optional<Duration> sinceRefresh() {
        return refresh.since();
    }

    /**
     * Why the last refresh failed, with the reason of each peer.
     *
     * @return a sentence for an operator; empty if it succeeded
     */
    public Optional<String> refreshFailure() {
        return refresh.failure();
    }

    /**
     * What the discovery source waits for, such as members that have not registered under a discovery token.
     *
     * @return empty if it does not wait
     */
    public Optional<String> waitingFor() {
        return refresh.waitingFor();
    }

    /**
     * Which of the client URLs that the members advertise are not used, and why. At most a hundred are used.
     *
     * @return a sentence for an operator; empty if all are used
     */
    public Optional<String> droppedUrls() {
        return refresh.dropped();
    }

    /**
     * Whether calls can be expected to succeed.
     *
     * @return whether at least one member is up and the proxy is open
     */
    public boolean isReady() {
        return !closed && endpoints.stream().anyMatch(Endpoint::isAvailable);
    }

    /**
     * Why no call can be expected to succeed. Calls are tried nevertheless if members are known.
     *
     * @return a sentence for an operator, with the reason of each member that is down or, if none is known, of each
     *     peer; empty if the proxy is ready
     */
    public Optional<String> problem() {
        if (closed) {
            return Optional.of("the proxy has been closed");
        }
        if (mode == ProxyMode.OFF) {
            return Optional.of("the mode is off, in which nothing is forwarded");
        }
        if (isReady()) {
            return Optional.empty();
        }
        if (!endpoints.isEmpty()) {
            return Optional.of(endpoints.stream()
                    .map(member -> member.url() + ": " + member.failure().orElse("is down"))
                    .collect(Collectors.collectingAndThen(
                            Collectors.toList(), reasons -> "no member is up: " + ShortList.join(reasons, "; "))));
        }
        String asked = peers().isEmpty() ? "" : ": [" + ShortList.join(peers(), ", ") + "]";
        return Optional.of(waitingFor()
                .map(what -> "waiting: " + what)
                .or(this::refreshFailure)
                .orElse("the first answer of a peer is still awaited" + asked));
    }

    @Override
    public String toString() {
        return "ProxyStatus[" + mode + ", cluster " + clusterId + ", " + endpoints + "]";
    }

    /**
     * One client URL of a member. Immutable.
     *
     * @since 0.1
     */
    public static final class Endpoint {
        private final EtcdUrl url;
        private final Optional<String> failure;

        Endpoint(EtcdUrl url, Optional<String> failure) {
            this.url = url;
            this.failure = failure;
        }

        /**
         * The URL.
         *
         * @return not null
         */
        public EtcdUrl url() {
            return url;
        }

        /**
         * Why the member is tried last.
         *
         * @return a sentence for an operator; empty if the member is not down
         */
        public Optional<String> failure() {
            return failure;
        }

        /**
         * Whether calls go there before any member that is down.
         *
         * @return whether it is not down
         */
        public boolean isAvailable() {
            return failure.isEmpty();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Endpoint that && url.equals(that.url) && failure.equals(that.failure);
        }

        @Override
        public int hashCode() {
            return Objects.hash(url, failure);
        }

        @Override
        public String toString() {
            return url + failure.map(reason -> " (down: " + reason + ")").orElse("");
        }
    }
}
