package io.github.etcdproxy.registry;

import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A proxy at one moment, for health pages and support. Immutable.
 *
 * @param mode what it forwards
 * @param closed whether it has been closed
 * @param clusterId the cluster's id in lower-case hexadecimal; empty while unknown
 * @param endpoints the members' client URLs in the order in which calls try them; empty until the proxy is ready
 * @param peers whom the next refresh asks; empty until a refresh has succeeded
 * @param sinceRefresh how long ago a refresh succeeded; empty if none has
 * @param refreshFailure why the last refresh brought nothing, with the reason of each peer; empty if it
 *     succeeded
 * @param waitingFor what the source of peers waits for, such as members that have not registered under a discovery token;
 *     empty if it doesn't wait
 */
public record ProxyStatus(
        ProxyMode mode,
        boolean closed,
        String clusterId,
        List<Endpoint> endpoints,
        List<EtcdUrl> peers,
        Optional<Duration> sinceRefresh,
        Optional<String> refreshFailure,
        Optional<String> waitingFor) {

    /** Copies the lists. */
    public ProxyStatus {
        endpoints = List.copyOf(endpoints);
        peers = List.copyOf(peers);
    }

    /**
     * Whether calls can be forwarded.
     *
     * @return whether at least one client URL is known and the proxy is open
     */
    public boolean isReady() {
        return !closed && !endpoints.isEmpty();
    }

    /**
     * Why calls can't be forwarded.
     *
     * @return a sentence for an operator; empty if they can
     */
    public Optional<String> problem() {
        if (closed) {
            return Optional.of("the proxy has been closed");
        }
        if (mode == ProxyMode.OFF) {
            return Optional.of("the mode is off, in which nothing is forwarded");
        }
        if (!endpoints.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(waitingFor
                .map(what -> "waiting: " + what)
                .or(() -> refreshFailure)
                .orElse("the first answer of a peer is still awaited"));
    }

    /**
     * One client URL of a member.
     *
     * @param url the URL
     * @param failure why it is tried last; empty for one that is not down
     */
    public record Endpoint(EtcdUrl url, Optional<String> failure) {

        /**
         * Whether calls go there before any that is down.
         *
         * @return whether it is not down
         */
        public boolean isAvailable() {
            return failure.isEmpty();
        }
    }
}
