package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.DiscoveryException;
import io.github.etcdproxy.discovery.JoinOutcome;
import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.okhttp.internal.attempt.MemberExchangeInterceptor;
import io.github.etcdproxy.okhttp.internal.attempt.WrappedClient;
import io.github.etcdproxy.okhttp.internal.call.EtcdProxyInterceptor;
import io.github.etcdproxy.okhttp.internal.call.ListenUrls;
import io.github.etcdproxy.okhttp.internal.http.CallDeadline;
import io.github.etcdproxy.okhttp.internal.http.MemberUrls;
import io.github.etcdproxy.okhttp.internal.http.Via;
import io.github.etcdproxy.okhttp.internal.peer.Interruptible;
import io.github.etcdproxy.okhttp.internal.peer.OkHttpPeerTransport;
import io.github.etcdproxy.okhttp.internal.peer.OkHttpVersion;
import io.github.etcdproxy.okhttp.internal.socket.LayeredSockets;
import io.github.etcdproxy.okhttp.internal.socket.MemberNetwork;
import io.github.etcdproxy.okhttp.internal.watch.WatchResumer;
import io.github.etcdproxy.options.EtcdFlags;
import io.github.etcdproxy.options.OptionsBuilder;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.promotion.PromotedMember;
import io.github.etcdproxy.promotion.PromotionException;
import io.github.etcdproxy.promotion.PromotionRequest;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.NotReadyException;
import io.github.etcdproxy.registry.ProxyStatus;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * etcd's proxy mode inside the JVM: calls that a wrapped client makes to a listen client URL reach a member of the
 * discovered cluster; all other calls pass untouched.
 *
 * <p>It does what {@code etcd --proxy on} did as a process of its own (server/proxy/httpproxy, etcd 3.5): finds the peers,
 * asks one for the members, asks again every refresh interval, and forwards each call to the first member that responds.
 * A write goes to another member only if nothing of it was sent to the one before.
 *
 * <pre>{@code
 * try (EtcdProxy proxy = EtcdProxy.builder()
 *         .listenClientUrls("http://etcd.internal:2379")
 *         .discovery(PeerDiscovery.initialCluster("infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380"))
 *         .start()) {
 *     OkHttpClient client = proxy.wrap(new OkHttpClient());
 *     proxy.awaitReady(Duration.ofSeconds(5));
 *     // client calls http://etcd.internal:2379/v2/keys/…
 * }
 * }</pre>
 *
 * <p>Thread safe.
 */
public final class EtcdProxy implements AutoCloseable {
    private final ProxyOptions options;
    private final ClientUrlRegistry registry;
    private final TaskRunner tasks;
    private final ListenUrls listenUrls;
    private final Random random = new Random();
    private final Via via = Via.unique(random);

    /** How the clients that were wrapped are probed for; each lives as long as its client. */
    private final Set<OkHttpPeerTransport> memberTransports =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final LayeredSockets layeredSockets = new LayeredSockets();

    /** On what promotions run that are under way. */
    private final Set<TaskRunner> promotions = ConcurrentHashMap.newKeySet();

    private EtcdProxy(ProxyOptions options, ListenUrls listenUrls, TaskRunner tasks, ClientUrlRegistry registry) {
        this.options = options;
        this.listenUrls = listenUrls;
        this.tasks = tasks;
        this.registry = registry;
    }

    /**
     * Starts from etcd's defaults.
     *
     * @return a new builder, in which the listen client URLs are still to be named
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from a command line of {@code etcd --proxy}: migration by copy and paste. {@code --listen-client-urls} is {@code
     * http://localhost:2379} and {@code --proxy} is off where they are not given, as in etcd.
     *
     * @param flags for example {@code "--proxy", "on", "--discovery-srv", "example.com"}; with one dash or two, the value in
     *     the next string or after an {@code =}
     * @return a new builder, in which more can be set
     * @throws IllegalArgumentException if a flag is unknown or has a bad value; the message names it and says what to write
     */
    public static Builder fromFlags(String... flags) {
        return from(Map.of(), flags);
    }

    /**
     * Starts from the environment of {@code etcd --proxy}. Each flag has a variable: {@code ETCD_PROXY}, {@code
     * ETCD_INITIAL_CLUSTER} and so on.
     *
     * @param environment for example {@link System#getenv()}
     * @return a new builder, in which more can be set
     * @throws IllegalArgumentException if a variable has a bad value; the message names it and says what to write
     */
    public static Builder fromEnvironment(Map<String, String> environment) {
        return from(environment);
    }

    /**
     * Starts from both, of which the flags win.
     *
     * @param environment for example {@link System#getenv()}
     * @param flags as in {@link #fromFlags}
     * @return a new builder, in which more can be set
     * @throws IllegalArgumentException as in {@link #fromFlags}
     */
    public static Builder from(Map<String, String> environment, String... flags) {
        return from(EtcdFlags.read(environment, flags));
    }

    /**
     * Starts from a command line and an environment that have been read, by a program that itself takes some of the flags.
     *
     * @param flags what was given
     * @return a new builder, in which more can be set
     * @throws IllegalArgumentException as in {@link #fromFlags}
     */
    public static Builder from(EtcdFlags flags) {
        return Builder.of(flags);
    }

    /**
     * Registers a node with a discovery token and waits, without a deadline, until its cluster is complete. To end the wait,
     * interrupt the thread. Doing so again with the same node does no harm. A service that can't be reached is tried again, for
     * whatever reason; the log says why.
     *
     * @param node the node
     * @param client the client whose TLS, DNS and HTTP proxy settings are used to reach the discovery service
     * @return what the node is to be: a member that you start with the outcome's flags, or a proxy
     * @throws DiscoveryException if it can be neither; the message says why
     * @throws IOException if something else went wrong
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public static JoinOutcome join(JoinRequest node, OkHttpClient client) throws IOException, InterruptedException {
        OkHttpVersion.require();
        Objects.requireNonNull(node, "node: null: give the node that is to join");
        Objects.requireNonNull(client, "client: null: give a client, for example new OkHttpClient()");
        try (TaskRunner tasks = TaskRunner.start();
                OkHttpPeerTransport transport = OkHttpPeerTransport.toPeers(client, tasks)) {
            return Interruptible.call(tasks, () -> node.join(DiscoveryContext.of(transport)));
        }
    }

    /**
     * Makes a client whose calls to a listen client URL are forwarded. Ours becomes the last of its application
     * interceptors; so those of the application see its own URLs, and once for each call. If there are any, another one
     * of ours stands in front of them and notes when a watch began.
     *
     * <p>Pool, dispatcher and all settings are shared with the given client, which is left as it was. So are the
     * connections of all other calls; those to members are shared between the clients that this proxy has wrapped.
     * Wrapping a wrapped client changes nothing.
     *
     * <p>OkHttp's dispatcher counts the listen URL as one host: an application that uses {@code enqueue} raises {@link
     * okhttp3.Dispatcher#setMaxRequestsPerHost}, or five calls run at a time.
     *
     * @param client the application's client
     * @return a client that forwards; in the mode {@link ProxyMode#OFF} the given one
     * @throws IllegalStateException if the OkHttp on the class path is older than 5.4
     */
    public OkHttpClient wrap(OkHttpClient client) {
        OkHttpVersion.require();
        Objects.requireNonNull(client, "client: null: give the OkHttpClient that the application already has");
        if (options.mode() == ProxyMode.OFF || isWrapped(client)) {
            return client;
        }
        OkHttpPeerTransport members = OkHttpPeerTransport.toMembers(client, tasks);
        memberTransports.add(members);
        WrappedClient wrapped = new WrappedClient(
                options,
                registry,
                registry.hangDetector(members),
                via,
                new MemberUrls(),
                new MemberNetwork(client, options, tasks, layeredSockets));
        OkHttpClient.Builder builder = client.newBuilder();
        wrapped.network().setOn(builder);
        builder.networkInterceptors().add(0, new MemberExchangeInterceptor(wrapped));
        WatchResumer watches = null;
        if (options.resumeWatches()) {
            OkHttpClient.Builder resuming = builder.build().newBuilder();
            resuming.interceptors().clear();
            // The application has made one call, which it has heard of; its deadline is passed on.
            resuming.eventListener(EventListener.NONE).callTimeout(Duration.ZERO);
            resuming.addInterceptor(new EtcdProxyInterceptor(wrapped, listenUrls, null));
            watches = new WatchResumer(resuming.build(), options.listener(), registry::isClosed, random);
            if (!builder.interceptors().isEmpty()) { // else ours is in front
                builder.interceptors().add(0, CallDeadline::noted);
            }
        }
        return builder.addInterceptor(new EtcdProxyInterceptor(wrapped, listenUrls, watches))
                .build();
    }

    private boolean isWrapped(OkHttpClient client) {
        return client.interceptors().stream()
                .anyMatch(interceptor -> interceptor instanceof EtcdProxyInterceptor ours && ours.isOf(registry));
    }

    /**
     * Readiness as a stage, for callers that don't want to block.
     *
     * @return completes when the first client URL is known, or with an {@link IllegalStateException} when the proxy is
     *     closed before, on a thread of the proxy's
     */
    public CompletionStage<ProxyStatus> ready() {
        return registry.ready();
    }

    /**
     * Waits until calls can be forwarded. Calling it is not needed: a call made before waits by itself, for the ready
     * timeout.
     *
     * @param timeout how long to wait at the most; not null
     * @throws NotReadyException if no client URL is known by then, or the proxy has been closed; the message has the last
     *     reason of each peer
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public void awaitReady(Duration timeout) throws NotReadyException, InterruptedException {
        registry.awaitReady(timeout);
    }

    /**
     * The state for people to look at.
     *
     * @return the present status
     */
    public ProxyStatus status() {
        return registry.status();
    }

    /**
     * Makes a member of the machine on which this proxy runs: adds it to the cluster, closes this proxy, and removes {@code
     * proxy} from the data directory. What is left to do is to start {@code etcd}, with the environment or the command line
     * that is returned. Can be repeated, also when this proxy has been closed; it goes on where it ended.
     *
     * <p>In a cluster of one member there is no quorum from here until the new one is started: writes fail, and what has been
     * done can't be undone, only completed.
     *
     * @param promotion the member
     * @param client reaches the members' client ports, and is used with all that it has: give one that authenticates itself
     *     where the cluster demands that
     * @return the member, to be started
     * @throws PromotionException if it does not come to its end; the message says what has been done and what to do next
     * @throws NotReadyException if no member is known
     * @throws IllegalStateException if the mode is off, in which no members are looked for
     * @throws InterruptedException if the thread was interrupted while waiting; then do it again
     */
    public PromotedMember promote(PromotionRequest promotion, OkHttpClient client)
            throws IOException, InterruptedException {
        Objects.requireNonNull(promotion, "promotion: null: give the member's name and peer URLs");
        Objects.requireNonNull(client, "client: null: give one that reaches the members");
        if (options.mode() == ProxyMode.OFF) {
            throw new IllegalStateException(
                    "proxy: off: a proxy that looks for no members can't be promoted: give it the mode"
                            + " on or readonly");
        }
        if (registry.urls().isEmpty()) {
            registry.awaitReady(options.readyTimeout());
        }
        List<EtcdUrl> members = registry.urls();
        try (TaskRunner own = TaskRunner.start();
                OkHttpPeerTransport transport = OkHttpPeerTransport.of(client)) {
            promotions.add(own);
            try {
                return Interruptible.call(own, () -> promotion.run(members, transport, this::close, options.dataDir()));
            } finally {
                promotions.remove(own);
            }
        }
    }

    /**
     * Ends all that the proxy started: threads, refreshes, probes, and their connections. Wrapped clients stay open; their
     * calls to a listen client URL are answered with 503 from now on, and those under way are not touched, unless the name
     * of a member is just being resolved. A promotion under way ends with an {@link InterruptedException}. Idempotent.
     */
    @Override
    public void close() {
        registry.close();
        promotions.forEach(TaskRunner::close); // the one that closes this proxy goes on
        synchronized (memberTransports) {
            memberTransports.forEach(OkHttpPeerTransport::close);
        }
    }

    @Override
    public String toString() {
        return "EtcdProxy[" + options.listenClientUrls() + ", " + registry.status() + "]";
    }

    /** Builds and starts an {@link EtcdProxy}. Not thread safe. */
    public static final class Builder extends OptionsBuilder<Builder> {
        private @Nullable OkHttpClient peerClient;
        private @Nullable ScheduledExecutorService scheduler;

        private Builder() {}

        private static Builder of(EtcdFlags flags) {
            return flagged(new Builder(), flags);
        }

        /**
         * The client whose TLS, DNS and HTTP proxy settings are used to reach peers. Nothing else of it is used: no
         * interceptors, cookies, cache or authenticator. By default OkHttp's own settings. Members are probed with the
         * settings of the client that is wrapped, since it is that which must reach them.
         *
         * @param client left as it is
         * @return this builder
         */
        public Builder peerClient(OkHttpClient client) {
            peerClient = Objects.requireNonNull(client, "peerClient: null: give a client, or leave the option out");
            return this;
        }

        /**
         * Runs the proxy's timed tasks in place of a thread of its own. They do no I/O.
         *
         * @param executor not shut down by the proxy
         * @return this builder
         */
        public Builder scheduler(ScheduledExecutorService executor) {
            scheduler = Objects.requireNonNull(executor, "scheduler: null: give an executor, or leave the option out");
            return this;
        }

        /**
         * Checks the options and starts the proxy, which goes on to look for the cluster in the background.
         *
         * @return a proxy to be closed by the caller
         * @throws IllegalArgumentException if an option is missing or out of its range; the message names it, its value
         *     and the mend
         * @throws IllegalStateException if the OkHttp on the class path is older than 5.4
         */
        public EtcdProxy start() {
            OkHttpVersion.require();
            // Whatever can be refused is refused before anything is started.
            ProxyOptions options = buildOptions();
            ListenUrls listenUrls = new ListenUrls(options.listenClientUrls());
            if (scheduler != null && scheduler.isShutdown()) {
                throw new IllegalArgumentException(
                        "scheduler: " + scheduler + " has been shut down: give one that runs, or leave the option out");
            }
            TaskRunner tasks = scheduler == null ? TaskRunner.start() : TaskRunner.start(scheduler);
            PeerTransport peers =
                    OkHttpPeerTransport.toPeers(peerClient == null ? new OkHttpClient() : peerClient, tasks);
            ClientUrlRegistry registry = ClientUrlRegistry.start(options, peers, tasks);
            return new EtcdProxy(options, listenUrls, tasks, registry);
        }

        @Override
        protected Builder self() {
            return this;
        }
    }
}
