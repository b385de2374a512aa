package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.time.Sleeper;
import java.util.Random;
import java.util.function.Consumer;

/**
 * What a {@link PeerDiscovery} may use while it looks for peers. Immutable.
 *
 * @param transport asks somebody over HTTP
 * @param sleeper waits between two tries
 * @param random chooses among peers of the same rank
 * @param waitingFor is told what a source waits for that waits long, in words fit for an operator; the proxy's status and
 *     log show it
 */
public record DiscoveryContext(PeerTransport transport, Sleeper sleeper, Random random, Consumer<String> waitingFor) {

    /**
     * A context for callers that are not a proxy.
     *
     * @param transport asks somebody over HTTP
     * @return a context with the system's time, in which nobody hears of waiting
     */
    public static DiscoveryContext of(PeerTransport transport) {
        return new DiscoveryContext(transport, Sleeper.system(), new Random(), what -> {});
    }
}
