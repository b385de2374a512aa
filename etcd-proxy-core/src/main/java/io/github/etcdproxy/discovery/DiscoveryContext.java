package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.time.Sleeper;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private static final Logger log = LoggerFactory.getLogger(DiscoveryContext.class);

    /**
     * Asks a source for peers.
     *
     * @param source whoever wrote it
     * @return the peers
     * @throws IOException if it finds none, whatever it throws or returns instead
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public Peers ask(PeerDiscovery source) throws IOException, InterruptedException {
        Peers peers;
        try {
            peers = source.discover(this);
        } catch (RuntimeException | Error e) { // the source may be the user's: what it throws is to be seen
            throw new IOException("the source threw " + e.getClass().getSimpleName() + ": " + ErrorText.of(e), e);
        }
        if (peers == null) {
            throw new IOException("the source found no peer");
        }
        return peers;
    }

    /**
     * What to call a source in words for an operator.
     *
     * @param source any
     * @return its own words; for a lambda, which has none, that it is the application's
     */
    public static String nameOf(PeerDiscovery source) {
        return source.getClass().isHidden() || source.getClass().isSynthetic()
                ? "a source of the application's"
                : source.toString();
    }

    /**
     * A context for callers that are not a proxy.
     *
     * @param transport asks somebody over HTTP
     * @return a context with the system's time, in which the log tells what is waited for
     */
    public static DiscoveryContext of(PeerTransport transport) {
        AtomicReference<String> before = new AtomicReference<>("");
        return new DiscoveryContext(transport, Sleeper.system(), new Random(), what -> {
            if (!what.equals(before.getAndSet(what))) {
                log.info("Waiting: {}", what);
            }
        });
    }
}
