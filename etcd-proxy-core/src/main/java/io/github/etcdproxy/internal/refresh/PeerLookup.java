package io.github.etcdproxy.internal.refresh;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.DiscoveredPeers;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the configured source for peers, and converts any result of user code into peers or an IOException with a
 * message. {@link LookupPace} limits how often. Used by the refresh loop only, one round at a time.
 */
final class PeerLookup {
    private static final Logger log = LoggerFactory.getLogger(PeerLookup.class);

    private final ProxyOptions options;
    private final DiscoveryContext context;
    private final TaskRunner tasks;
    private final Runnable foundLate;

    private final LookupPace pace;

    private @Nullable Peers lastFound;
    private @Nullable FutureTask<Peers> underWay;
    private volatile @Nullable String waitingFor;
    private volatile boolean closed;

    /** True if peers have responded since the running lookup began; its result is then discarded. */
    private boolean stale;

    /** Whether a round ended while the lookup was running. */
    @GuardedBy("this")
    private boolean awaited;

    /** {@code foundLate} runs when a lookup ends after a round that did not wait for it. */
    PeerLookup(ProxyOptions options, PeerTransport transport, TaskRunner tasks, Runnable foundLate) {
        this.options = options;
        this.context = DiscoveryContext.of(transport, tasks.random(), this::waitingFor);
        this.tasks = tasks;
        this.pace = new LookupPace(tasks);
        this.foundLate = foundLate;
    }

    /** What the source waits for; null if it is not running or has not reported anything. */
    @Nullable
    String waitingFor() {
        return waitingFor;
    }

    private void waitingFor(String what) {
        if (!what.equals(waitingFor)) {
            log.info("Waiting: {}", what);
            waitingFor = what;
        }
    }

    /** Asks the source and waits for it without a time limit; fails with the last failure if that was just now. */
    Peers find() throws IOException, InterruptedException {
        Optional<IOException> before = pace.recentFailure();
        if (before.isPresent()) {
            throw before.get();
        }
        try {
            return found(look());
        } catch (IOException e) {
            throw pace.failed(e);
        } catch (InterruptedException e) {
            IOException unused = pace.failed(new IOException("the source of peers was interrupted", e));
            throw e;
        }
    }

    /** The peers that the source found last; empty if it has found none. */
    Optional<Peers> lastFound() {
        return Optional.ofNullable(lastFound);
    }

    /** Called when peers turn out to be usable: the result of a lookup that began before is discarded. */
    void succeeded() {
        pace.succeeded();
        stale = true;
    }

    /** Discards all later results. */
    void close() {
        closed = true;
    }

    private Peers found(Peers peers) {
        pace.found();
        lastFound = peers;
        return peers;
    }

    private Peers look() throws IOException, InterruptedException {
        waitingFor = "a response of " + DiscoveryContext.nameOf(options.discovery());
        try {
            Peers peers = context.ask(options.discovery());
            if (!closed) {
                options.listener().peersDiscovered(new DiscoveredPeers(peers.urls()));
            }
            return peers;
        } finally {
            waitingFor = null;
        }
    }

    /**
     * Asks the source without waiting for it: it may block, and known peers must be asked meanwhile. A later call
     * returns the result. Empty if an unsuccessful lookup ended a short while ago.
     */
    Optional<Peers> findWithoutWaiting() throws IOException, InterruptedException {
        FutureTask<Peers> lookup = underWay;
        if (lookup == null || (stale && lookup.isDone())) {
            if (!pace.isDue()) {
                return Optional.empty();
            }
            FutureTask<Peers> started = new FutureTask<>(this::look);
            if (!tasks.execute(() -> run(started))) {
                throw new IOException("the source can't be asked for others: the executor rejects tasks");
            }
            lookup = started;
            underWay = started;
            stale = false;
        }
        synchronized (this) {
            if (!lookup.isDone()) {
                awaited = true;
                String what = waitingFor;
                throw new IOException(
                        "the source is being asked for others" + (what == null ? "" : "; waiting: " + what));
            }
        }
        underWay = null;
        try {
            return Optional.of(found(lookup.get()));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw pace.failed(new IOException(cause == null ? "the source failed" : ErrorText.of(cause), cause));
        }
    }

    private void run(FutureTask<Peers> lookup) {
        lookup.run();
        boolean roundHasEnded;
        synchronized (this) {
            roundHasEnded = awaited;
            awaited = false;
        }
        if (roundHasEnded) {
            foundLate.run();
        }
    }
}
