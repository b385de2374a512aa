package io.github.etcdproxy.registry;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Background;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Asks the configured source for peers, and turns whatever a user's source may do into peers or an IOException with a
 * sentence. Used by the refresh loop alone, one round at a time.
 */
final class PeerLookup {
    private final ProxyOptions options;
    private final PeerTransport transport;
    private final Background background;
    private final Runnable foundLate;

    private @Nullable FutureTask<List<EtcdUrl>> underWay;

    /** Whether somebody found the lookup under way and went; guarded by this. */
    private boolean awaited;

    /** {@code foundLate} is run when a lookup ends that somebody found under way. */
    PeerLookup(ProxyOptions options, PeerTransport transport, Background background, Runnable foundLate) {
        this.options = options;
        this.transport = transport;
        this.background = background;
        this.foundLate = foundLate;
    }

    /** Asks the source and waits for it, however long it takes. */
    List<EtcdUrl> find() throws IOException, InterruptedException {
        List<EtcdUrl> peers;
        try {
            peers = options.discovery().discover(transport);
        } catch (RuntimeException | LinkageError e) {
            // The source is the user's; what it throws is to be seen in the status, and it is asked again.
            throw new IOException("the source threw " + e.getClass().getSimpleName() + ": " + Reason.of(e), e);
        }
        if (Objects.requireNonNullElse(peers, List.of()).isEmpty()) {
            throw new IOException("the source found no peer");
        }
        if (peers.stream().anyMatch(Objects::isNull)) {
            throw new IOException("the source found a peer that is null");
        }
        List<EtcdUrl> found = List.copyOf(peers);
        options.listener().peersDiscovered(found);
        return found;
    }

    /**
     * Asks the source without waiting for it: it may block, and peers that are known already must be asked meanwhile. The
     * answer is there at a later call.
     */
    List<EtcdUrl> findWithoutWaiting() throws IOException, InterruptedException {
        FutureTask<List<EtcdUrl>> lookup = underWay;
        if (lookup == null) {
            FutureTask<List<EtcdUrl>> started = new FutureTask<>(this::find);
            if (!background.execute(() -> run(started))) {
                throw new IOException("the source can't be asked for others: the executor refuses");
            }
            lookup = started;
            underWay = started;
        }
        synchronized (this) {
            if (!lookup.isDone()) {
                awaited = true;
                throw new IOException("the source is being asked for others");
            }
        }
        underWay = null;
        try {
            return lookup.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new IOException(cause == null ? "the source failed" : Reason.of(cause), cause);
        }
    }

    private void run(FutureTask<List<EtcdUrl>> lookup) {
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
