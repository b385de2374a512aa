package io.github.etcdproxy.registry;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.internal.members.NoPeerAnsweredException;
import io.github.etcdproxy.internal.refresh.MembersRefresh;
import io.github.etcdproxy.internal.snapshot.LastKnownGood;
import io.github.etcdproxy.internal.snapshot.Outage;
import io.github.etcdproxy.internal.snapshot.Snapshot;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.options.OptionsBuilder;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The client URLs of a cluster's members, in the order in which calls should try them.
 *
 * <p>It finds the peers, asks one of them for the members, and repeats that every refresh interval. A caller gets an
 * {@link #order}, tries its URLs in turn, {@linkplain HangDetector#begin begins} each attempt and reports its result. A
 * member that fails moves to the end of the order until a probe reaches it. It corresponds to etcd's {@code director}
 * (server/proxy/httpproxy/director.go, 3.5); unlike it, a failed refresh keeps the last good list, and members' health
 * survives refreshes.
 *
 * <p>Thread safe. Reading a snapshot is one volatile read and never waits.
 *
 * @since 0.1
 */
public final class ClientUrlRegistry implements AutoCloseable {
    private final ProxyOptions options;
    private final PeerTransport peers;
    private final TaskRunner tasks;
    private final LastKnownGood lastKnownGood = new LastKnownGood();
    private final CompletableFuture<ProxyStatus> ready = new CompletableFuture<>();
    private final CompletionStage<ProxyStatus> readyForOthers = ready.minimalCompletionStage();
    private final Readiness readiness = new Readiness();
    private final MembersRefresh refresh;
    private final MemberHealth health;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile boolean closed;

    private ClientUrlRegistry(ProxyOptions options, PeerTransport peers, TaskRunner tasks) {
        this.options = options;
        this.peers = peers;
        this.tasks = tasks;
        this.refresh = new MembersRefresh(options, peers, tasks, lastKnownGood, this::refreshed);
        this.health = new MemberHealth(options, tasks, lastKnownGood, refresh::pullForward, readiness::changed);
    }

    /**
     * For a registry without a proxy, by which another client than OkHttp finds the members.
     *
     * @return a new builder with etcd's defaults, in which everything is optional
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts to look for the cluster. Returns at once; {@link #ready} completes when it has been found. In the mode
     * {@link ProxyMode#OFF} there is no lookup, and the registry is ready without URLs.
     *
     * @param options where to look and how often
     * @param peers reaches peers; {@link #close} closes it
     * @param tasks runs the refreshes and probes; {@link #close} closes it
     * @return a running registry
     */
    public static ClientUrlRegistry start(ProxyOptions options, PeerTransport peers, TaskRunner tasks) {
        ClientUrlRegistry registry = new ClientUrlRegistry(options, peers, tasks);
        if (options.mode() == ProxyMode.OFF) {
            registry.ready.complete(registry.status());
        } else {
            registry.refresh.start();
        }
        return registry;
    }

    /** What is known now; without URLs until the registry is ready. */
    Snapshot snapshot() {
        return lastKnownGood.get();
    }

    /**
     * All client URLs, those of members that are down last. One volatile read.
     *
     * @return unmodifiable; empty until the registry is ready
     */
    public List<EtcdUrl> urls() {
        return snapshot().urls();
    }

    /**
     * The client URLs of members that are not down, in the same order.
     *
     * @return unmodifiable; what etcd's proxy lists as its endpoints
     */
    public List<EtcdUrl> available() {
        return snapshot().available();
    }

    /**
     * The URLs that a new call should try, in order. Without round robin this is one volatile read.
     *
     * @return unmodifiable; without URLs until the registry is ready
     */
    public List<EtcdUrl> order() {
        Snapshot snapshot = snapshot();
        return options.roundRobin() ? snapshot.rotated(turn.getAndIncrement()) : snapshot.urls();
    }

    /**
     * Readiness as a stage, for callers that must not block.
     *
     * @return always the same stage, which completes on a background thread with the first status that has URLs, or
     *     with an {@link IllegalStateException} if the registry is closed before
     */
    public CompletionStage<ProxyStatus> ready() {
        return readyForOthers;
    }

    /**
     * Waits until a member is up. In the mode {@link ProxyMode#OFF}, which needs none, it returns at once.
     *
     * @param timeout the maximum time to wait; not null
     * @throws NotReadyException if none is up by then, or the registry has been closed; it has the last reason of each
     *     member or, if none is known, of each peer
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public void awaitReady(Duration timeout) throws NotReadyException, InterruptedException {
        Objects.requireNonNull(timeout, "timeout: null: give a duration, for example 5 s");
        long nanos = TimeUnit.NANOSECONDS.convert(timeout); // saturates at 292 years
        if (!readiness.await(() -> closed || isReady(), nanos) || closed) {
            throw notReady(timeout, status());
        }
    }

    private boolean isReady() {
        return options.mode() == ProxyMode.OFF || !snapshot().available().isEmpty();
    }

    private NotReadyException notReady(Duration timeout, ProxyStatus status) {
        IOException failure = refresh.state().failure();
        return new NotReadyException(
                "not ready after " + timeout + ": " + status.problem().orElse("ready only now"),
                reasons(status, failure),
                failure);
    }

    private static Map<EtcdUrl, String> reasons(ProxyStatus status, @Nullable IOException failure) {
        if (status.endpoints().isEmpty()) {
            return failure instanceof NoPeerAnsweredException e ? e.reasons() : Map.of();
        }
        Map<EtcdUrl, String> reasons = new LinkedHashMap<>();
        status.endpoints().forEach(member -> member.failure().ifPresent(reason -> reasons.put(member.url(), reason)));
        return reasons;
    }

    /**
     * Whether {@link #close} has been called.
     *
     * @return true as soon as the call has begun
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Creates a detector of hung members for the calls of one HTTP client, which begin each attempt with it.
     *
     * @param members sends probes with the client's settings; closed by the caller
     * @return a new detector
     */
    public HangDetector hangDetector(PeerTransport members) {
        return new HangDetector(tasks, new MemberProbe(members, options.dialTimeout()), health);
    }

    /** What calls and probes report about members. */
    MemberHealth health() {
        return health;
    }

    /**
     * The status, for health pages and support.
     *
     * @return the current status
     */
    public ProxyStatus status() {
        Snapshot snapshot = lastKnownGood.get();
        MembersRefresh.State now = refresh.state();
        List<ProxyStatus.Endpoint> endpoints = snapshot.urls().stream()
                .map(url -> new ProxyStatus.Endpoint(
                        url, Optional.ofNullable(snapshot.outage(url)).map(Outage::cause)))
                .toList();
        ProxyStatus.Refresh refreshes = new ProxyStatus.Refresh(
                now.peers() == null ? List.of() : now.peers().urls(),
                Optional.ofNullable(now.succeededAt()).map(at -> Duration.ofNanos(tasks.now() - at)),
                Optional.ofNullable(now.failure())
                        .map(failure -> "peers from " + DiscoveryContext.nameOf(options.discovery()) + ": "
                                + ErrorText.of(failure)),
                refresh.waitingFor(),
                Optional.of(now.dropped()).filter(dropped -> !dropped.isEmpty()));
        return new ProxyStatus(options.mode(), closed, snapshot.clusterId(), endpoints, refreshes);
    }

    private void refreshed() {
        readiness.changed();
        if (!ready.isDone()) {
            // Not on this thread: dependent stages are user code and may block.
            boolean unused = tasks.execute(() -> ready.complete(status()));
        }
    }

    /** Stops all refreshes and probes, and closes the transport and the task runner. Idempotent. */
    @Override
    public void close() {
        closed = true;
        refresh.close();
        health.close();
        peers.close();
        readiness.changed();
        ready.completeExceptionally(new IllegalStateException("the proxy has been closed"));
        tasks.close();
    }

    /**
     * Builds and starts a registry without a proxy. Options that are about forwarding calls have no effect. Not
     * thread safe.
     *
     * @since 0.1
     */
    public static final class Builder extends OptionsBuilder<Builder> {
        private Builder() {}

        /**
         * Starts to look for the cluster, on daemon threads, and returns at once.
         *
         * @param peers reaches peers; {@link ClientUrlRegistry#close} closes it
         * @return a registry at work, to be closed by the caller
         * @throws IllegalArgumentException if an option is out of its range; the message names it, its value and the
         *     fix
         */
        public ClientUrlRegistry start(PeerTransport peers) {
            ProxyOptions options = buildRegistryOptions(); // what is refused starts no thread
            return ClientUrlRegistry.start(options, peers, TaskRunner.start());
        }

        /**
         * The same with time, threads and randomness of the caller's.
         *
         * @param peers reaches peers; {@link ClientUrlRegistry#close} closes it
         * @param tasks runs the refreshes and probes; {@link ClientUrlRegistry#close} closes it
         * @return a registry at work, to be closed by the caller
         * @throws IllegalArgumentException if an option is out of its range; the message names it, its value and the
         *     fix
         */
        public ClientUrlRegistry start(PeerTransport peers, TaskRunner tasks) {
            return ClientUrlRegistry.start(buildRegistryOptions(), peers, tasks);
        }

        @Override
        protected Builder self() {
            return this;
        }
    }
}
