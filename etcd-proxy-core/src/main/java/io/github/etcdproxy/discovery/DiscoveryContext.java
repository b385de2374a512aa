package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.backoff.Sleeper;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a {@link PeerDiscovery} may use to find peers. Immutable.
 *
 * @since 0.1
 */
public final class DiscoveryContext {
    private static final Logger log = LoggerFactory.getLogger(DiscoveryContext.class);

    private final PeerTransport transport;
    private final Sleeper sleeper;
    private final Random random;
    private final Consumer<String> waitingFor;

    DiscoveryContext(PeerTransport transport, Sleeper sleeper, Random random, Consumer<String> waitingFor) {
        this.transport = transport;
        this.sleeper = sleeper;
        this.random = random;
        this.waitingFor = waitingFor;
    }

    /**
     * A context for use without a proxy.
     *
     * @param transport sends HTTP requests
     * @return a context that uses the system clock and logs what the source waits for
     */
    public static DiscoveryContext of(PeerTransport transport) {
        AtomicReference<String> before = new AtomicReference<>("");
        return of(transport, new Random(), what -> {
            if (!what.equals(before.getAndSet(what))) {
                log.info("Waiting: {}", what);
            }
        });
    }

    /**
     * A context that reports what the source waits for.
     *
     * @param transport sends HTTP requests
     * @param random chooses among peers of equal priority
     * @param waitingFor receives what the source waits for
     * @return a context that uses the system clock
     */
    public static DiscoveryContext of(PeerTransport transport, Random random, Consumer<String> waitingFor) {
        return new DiscoveryContext(transport, Sleeper.system(), random, waitingFor);
    }

    /**
     * Sends HTTP requests.
     *
     * @return the transport
     */
    public PeerTransport transport() {
        return transport;
    }

    /**
     * Chooses among peers of equal priority.
     *
     * @return the random source
     */
    public Random random() {
        return random;
    }

    /**
     * Receives a one-line description of what the source waits for; the proxy's status and log show it.
     *
     * @return the consumer
     */
    public Consumer<String> waitingFor() {
        return waitingFor;
    }

    /** Waits between two attempts. */
    Sleeper sleeper() {
        return sleeper;
    }

    /**
     * Asks a source for peers.
     *
     * @param source the source; it may be user code
     * @return the peers
     * @throws IOException if it finds none; unchecked exceptions and null become the cause or message
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public Peers ask(PeerDiscovery source) throws IOException, InterruptedException {
        Peers peers;
        try {
            peers = source.discover(this);
        } catch (IOException | InterruptedException e) {
            throw e;
        } catch (Exception | Error e) { // user code may throw anything, in Kotlin undeclared exceptions, too
            throw new IOException("the source threw " + e.getClass().getSimpleName() + ": " + ErrorText.of(e), e);
        }
        if (peers == null) {
            throw new IOException("the source found no peer");
        }
        return peers;
    }

    /**
     * The name of a source in messages.
     *
     * @param source the source
     * @return its {@code toString}; for a lambda, a text that says that it is the application's
     */
    public static String nameOf(PeerDiscovery source) {
        return source.getClass().isHidden() || source.getClass().isSynthetic()
                ? "a source of the application's"
                : source.toString();
    }
}
