package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.MembersClient;
import io.github.etcdproxy.cluster.NoPeerAnsweredException;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Background;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the client URLs of a cluster's members, in the order in which calls should try them.
 *
 * <p>It finds the peers, asks one of them for the members, and does so again every refresh interval. Whoever sends calls
 * takes a {@link #snapshot}, tries its URLs in turn, and tells {@link #failed} and {@link #succeeded}. A member that failed
 * moves to the end of the order, and back up once a probe reaches it. Whatever happens to the peers, the last known good
 * list stays. This is the part of etcd's {@code director} (server/proxy/httpproxy/director.go, 3.5), with its faults
 * mended: there, one failed refresh empties the list and every refresh forgets who had failed.
 *
 * <p>Thread safe. Reading a snapshot is one volatile read and never waits.
 */
public final class ClientUrlRegistry implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClientUrlRegistry.class);

    private final ProxyOptions options;
    private final PeerTransport transport;
    private final Background background;
    private final MembersClient members;
    private final PeerLookup peerLookup;
    private final ClusterIdRule clusterIdRule = new ClusterIdRule();
    private final TrustRules trustRules;
    private final LastKnownGood lastKnownGood = new LastKnownGood();
    private final CompletableFuture<Snapshot> ready = new CompletableFuture<>();
    private final CompletionStage<Snapshot> readyForOthers = ready.minimalCompletionStage();
    private final HealthProbe healthProbe;
    private final RefreshLoop refreshLoop;
    private volatile Refreshes refreshes = new Refreshes(List.of(), null, null, 0);
    private volatile boolean closed;

    /**
     * What the refreshes so far have come to. Written by the refresh loop alone.
     *
     * @param peers whom to ask next; empty until a peer has said who they are
     * @param succeededAt the ticker's reading at the last success; null if there was none
     * @param failure why the last refresh brought nothing; null if it succeeded
     * @param awaited how many refreshes in a row have shown a member without client URLs
     */
    private record Refreshes(
            List<EtcdUrl> peers,
            @Nullable Long succeededAt,
            @Nullable IOException failure,
            int awaited) {}

    private ClientUrlRegistry(ProxyOptions options, PeerTransport transport, Background background) {
        this.options = options;
        this.transport = transport;
        this.background = background;
        this.members = new MembersClient(transport, options.dialTimeout());
        this.trustRules = TrustRules.of(options.listenClientUrls());
        this.healthProbe = new HealthProbe(options, background, members, lastKnownGood, this::succeeded);
        this.refreshLoop = new RefreshLoop(background, this::refresh);
        this.peerLookup = new PeerLookup(options.discovery(), transport, background, refreshLoop::pullForward);
    }

    /**
     * Starts to look for the cluster. Returns at once; {@link #ready} tells when it has been found. In the mode {@link
     * ProxyMode#OFF} nothing is looked for, and the registry is ready without URLs.
     *
     * @param options where to look and how often
     * @param transport reaches peers and members; {@link #close} closes it
     * @param background runs the refreshes and probes; {@link #close} closes it
     * @return a registry at work
     */
    public static ClientUrlRegistry start(ProxyOptions options, PeerTransport transport, Background background) {
        ClientUrlRegistry registry = new ClientUrlRegistry(options, transport, background);
        if (options.mode() == ProxyMode.OFF) {
            registry.ready.complete(Snapshot.NONE);
        } else {
            registry.refreshLoop.start();
        }
        return registry;
    }

    /**
     * What is known now.
     *
     * @return the present snapshot; without URLs until the registry is ready
     */
    public Snapshot snapshot() {
        return lastKnownGood.get();
    }

    /**
     * Readiness, for callers that don't want to block.
     *
     * @return always the same stage, which completes on a thread of the background's with the first snapshot that has URLs,
     *     or with an {@link IllegalStateException} when the registry is closed before
     */
    public CompletionStage<Snapshot> ready() {
        return readyForOthers;
    }

    /**
     * Waits until a client URL is known.
     *
     * @param timeout how long to wait at the most; not null
     * @throws NotReadyException if none is by then, or the registry has been closed; it has the last reason of each peer
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public void awaitReady(Duration timeout) throws NotReadyException, InterruptedException {
        Objects.requireNonNull(timeout, "timeout: null: give a duration, for example 5 s");
        try {
            ready.get(nanos(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw notReady(timeout);
        }
        if (closed) {
            throw notReady(timeout);
        }
    }

    /** As many as fit: 292 years are long enough. */
    private static long nanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? duration.toNanos() : Long.MAX_VALUE;
    }

    private NotReadyException notReady(Duration timeout) {
        IOException failure = refreshes.failure();
        return new NotReadyException(
                "not ready after " + timeout + ": " + status().problem().orElse("ready only now"),
                failure instanceof NoPeerAnsweredException n ? n.reasons() : Map.of(),
                failure);
    }

    /**
     * Whether {@link #close} has been called.
     *
     * @return true from the beginning of the call on
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Tells that a member didn't answer. It moves to the end of the order until a probe reaches it, and the next refresh
     * is pulled forward.
     *
     * @param url one of the snapshot's URLs
     * @param cause what happened, fit for an operator
     */
    public void failed(EtcdUrl url, String cause) {
        Health health = Health.failedOnce(cause, background.now(), options.failureWait(), background.random());
        if (lastKnownGood.failed(url, health)) {
            log.warn("Member {} is down: {}; probing it in {}", url, cause, health.delay());
            healthProbe.watch(url, health);
        }
        refreshLoop.pullForward();
    }

    /**
     * Tells that a member answered, with whatever status.
     *
     * @param url one of the snapshot's URLs
     */
    public void succeeded(EtcdUrl url) {
        Health ended = lastKnownGood.succeeded(url);
        if (ended != null) {
            healthProbe.unwatch(url, ended);
            log.info("Member {} is back", url);
        }
    }

    /**
     * The state for people to look at.
     *
     * @return the present status
     */
    public ProxyStatus status() {
        Snapshot snapshot = lastKnownGood.get();
        Refreshes now = refreshes;
        return new ProxyStatus(
                options.mode(),
                closed,
                snapshot.clusterId(),
                snapshot.urls().stream()
                        .map(url -> new ProxyStatus.Endpoint(
                                url, Optional.ofNullable(snapshot.health(url)).map(Health::cause)))
                        .toList(),
                now.peers(),
                Optional.ofNullable(now.succeededAt()).map(at -> Duration.ofNanos(background.now() - at)),
                Optional.ofNullable(now.failure())
                        .map(failure -> "peers from " + options.discovery() + ": " + Reason.of(failure)));
    }

    /** Stops all refreshes and probes, and closes the transport and the background. Idempotent. */
    @Override
    public void close() {
        closed = true;
        refreshLoop.close();
        healthProbe.close();
        transport.close();
        ready.completeExceptionally(new IllegalStateException("the proxy has been closed"));
        background.close();
    }

    private Duration refresh() throws InterruptedException {
        try {
            adopt(fetch());
            clusterIdRule.roundSucceeded();
        } catch (IOException e) {
            reportFailure(e);
            if (clusterIdRule.roundFailed()) {
                return RefreshSchedule.SOON; // to ask again, and adopt the other cluster
            }
        }
        return RefreshSchedule.next(
                !snapshot().isEmpty(), refreshes.awaited(), options.refreshInterval(), background.random());
    }

    /** Asks the peers known so far, and when none of them answers, those that the configured source finds. */
    private Cluster fetch() throws IOException, InterruptedException {
        List<EtcdUrl> known = refreshes.peers();
        if (known.isEmpty()) {
            return members.fetch(peerLookup.find(), this::objection);
        }
        try {
            return members.fetch(known, this::objection);
        } catch (NoPeerAnsweredException ofKnown) {
            return fetchFromOthers(known, ofKnown);
        }
    }

    private Optional<String> objection(Cluster cluster) {
        return clusterIdRule.objection(snapshot().clusterId(), cluster).or(() -> trustRules.objection(cluster));
    }

    private Cluster fetchFromOthers(List<EtcdUrl> known, NoPeerAnsweredException ofKnown)
            throws IOException, InterruptedException {
        try {
            List<EtcdUrl> others = new ArrayList<>(peerLookup.findWithoutWaiting());
            others.removeAll(known);
            if (!others.isEmpty()) {
                return members.fetch(others, this::objection);
            }
        } catch (IOException ofOthers) {
            throw ofKnown.and(ofOthers);
        }
        throw ofKnown;
    }

    private void adopt(Cluster cluster) {
        List<EtcdUrl> urls = trustRules.trusted(cluster.clientUrls());
        List<EtcdUrl> peers = cluster.peerUrls().isEmpty() ? refreshes.peers() : cluster.peerUrls();
        int awaited = cluster.awaitsMember() ? refreshes.awaited() + 1 : 0;
        if (!snapshot().isEmpty() && !snapshot().clusterId().equals(cluster.id())) {
            log.warn(
                    "Cluster {} has taken the place of cluster {}",
                    cluster.id(),
                    snapshot().clusterId());
        }
        if (refreshes.failure() != null && !snapshot().isEmpty()) {
            log.info("Refreshing the members works again");
        }
        Snapshot before = lastKnownGood.adopt(cluster, urls, background.random());
        refreshes = new Refreshes(peers, background.now(), null, awaited);
        if (!Set.copyOf(before.urls()).equals(Set.copyOf(urls))) {
            String dropped = trustRules.objections(cluster.clientUrls());
            log.info(
                    "Cluster {} has the client URLs {}{}", cluster.id(), urls, dropped.isEmpty() ? "" : "; " + dropped);
        }
        if (!ready.isDone()) {
            // Not on this thread: what hangs on it is the user's, and may block.
            boolean unused = background.execute(() -> ready.complete(lastKnownGood.get()));
        }
    }

    private void reportFailure(IOException failure) {
        IOException before = refreshes.failure();
        if (before == null && !closed) {
            log.warn(
                    "Refreshing the members failed; {}: {}",
                    snapshot().isEmpty() ? "none is known yet" : "the last known ones stay",
                    Reason.of(failure));
        }
        refreshes = new Refreshes(refreshes.peers(), refreshes.succeededAt(), failure, refreshes.awaited());
    }
}
