package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Sleeper;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the configured source for peers, and turns whatever a user's source may do into peers or an IOException with a
 * sentence. How often it is asked, {@link LookupPace} says. Used by the refresh loop alone, one round at a time.
 */
final class PeerLookup {
    private static final Logger log = LoggerFactory.getLogger(PeerLookup.class);

    private final ProxyOptions options;
    private final DiscoveryContext context;
    private final TaskRunner tasks;
    private final Runnable foundLate;

    private final LookupPace pace;

    private @Nullable FutureTask<Peers> underWay;
    private volatile @Nullable String waitingFor;
    private volatile boolean closed;

    /** Whether the lookup under way was begun before peers were of use. */
    private boolean stale;

    /** Whether somebody found the lookup under way and went; guarded by this. */
    private boolean awaited;

    /** {@code foundLate} is run when a lookup ends that somebody found under way. */
    PeerLookup(ProxyOptions options, PeerTransport transport, TaskRunner tasks, Runnable foundLate) {
        this.options = options;
        this.context = new DiscoveryContext(transport, Sleeper.system(), tasks.random(), this::waitingFor);
        this.tasks = tasks;
        this.pace = new LookupPace(tasks);
        this.foundLate = foundLate;
    }

    /** What the source said it is waiting for; null if it is not being asked, or has said nothing. */
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

    /** Asks the source and waits for it, however long it takes; fails as before if it failed just now. */
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

    /** Peers have turned out to be of use: what a lookup says that was begun before is of no use any more. */
    void succeeded() {
        pace.succeeded();
        stale = true;
    }

    /** Says that nobody wants to hear of what is found from now on. */
    void close() {
        closed = true;
    }

    private Peers found(Peers peers) {
        pace.found();
        return peers;
    }

    private Peers look() throws IOException, InterruptedException {
        waitingFor = "an answer of " + DiscoveryContext.nameOf(options.discovery());
        try {
            Peers peers = context.ask(options.discovery());
            if (!closed) {
                options.listener().peersDiscovered(peers.urls());
            }
            return peers;
        } finally {
            waitingFor = null;
        }
    }

    /**
     * Asks the source without waiting for it: it may block, and peers that are known already must be asked meanwhile. The
     * answer is there at a later call. Empty if it was asked a short while ago, with no use.
     */
    Optional<Peers> findWithoutWaiting() throws IOException, InterruptedException {
        FutureTask<Peers> lookup = underWay;
        if (lookup == null || (stale && lookup.isDone())) {
            if (!pace.isDue()) {
                return Optional.empty();
            }
            FutureTask<Peers> started = new FutureTask<>(this::look);
            if (!tasks.execute(() -> run(started))) {
                throw new IOException("the source can't be asked for others: the executor refuses");
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
        boolean tell;
        synchronized (this) {
            tell = awaited;
            awaited = false;
        }
        if (tell) {
            foundLate.run();
        }
    }
}
