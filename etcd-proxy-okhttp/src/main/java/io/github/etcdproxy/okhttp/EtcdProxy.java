package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.okhttp.internal.call.ListenUrls;
import io.github.etcdproxy.okhttp.internal.cancel.Interruptible;
import io.github.etcdproxy.okhttp.internal.peer.OkHttpPeerTransport;
import io.github.etcdproxy.options.EtcdFlags;
import io.github.etcdproxy.options.OptionsBuilder;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.NotReadyException;
import io.github.etcdproxy.registry.ProxyStatus;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * etcd's proxy mode inside the JVM: calls of a wrapped client to a listen client URL are forwarded to a member of the
 * discovered cluster; all other calls are left alone.
 *
 * <p>It does what {@code etcd --proxy on} did as a separate process (server/proxy/httpproxy, etcd 3.5): it finds the
 * peers, asks one for the members, refreshes the list periodically, and forwards each call to the first member that
 * responds. A write is sent to another member only if nothing of it was sent before.
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
 *
 * @since 0.1
 */
public final class EtcdProxy implements AutoCloseable {
    private final ProxyOptions options;
    private final ClientUrlRegistry registry;
    private final ClientWrapper wrapper;

    /** The task runners of running promotions. */
    private final Set<TaskRunner> promotions = ConcurrentHashMap.newKeySet();

    private EtcdProxy(ProxyOptions options, ClientUrlRegistry registry, ClientWrapper wrapper) {
        this.options = options;
        this.registry = registry;
        this.wrapper = wrapper;
    }

    /**
     * Starts from etcd's defaults.
     *
     * @return a new builder; the listen client URLs must still be set
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from a command line of {@code etcd --proxy}, which can be pasted as it is. If not given, {@code
     * --listen-client-urls} is {@code http://localhost:2379} and {@code --proxy} is off, as in etcd.
     *
     * @param flags for example {@code "--proxy", "on", "--discovery-srv", "example.com"}; with one dash or two, the
     *     value in the next string or after an {@code =}
     * @return a new builder, on which further options can be set
     * @throws IllegalArgumentException if a flag is unknown or has a bad value; the message names it and says what to
     *     write
     */
    public static Builder builderFromFlags(String... flags) {
        return builderFrom(Map.of(), flags);
    }

    /**
     * Starts from the environment of {@code etcd --proxy}. Each flag has a variable: {@code ETCD_PROXY}, {@code
     * ETCD_INITIAL_CLUSTER} and so on.
     *
     * @param environment for example {@link System#getenv()}
     * @return a new builder, on which further options can be set
     * @throws IllegalArgumentException if a variable has a bad value; the message names it and says what to write
     */
    public static Builder builderFromEnvironment(Map<String, String> environment) {
        return builderFrom(environment);
    }

    /**
     * Starts from both; the flags win.
     *
     * @param environment for example {@link System#getenv()}
     * @param flags as in {@link #builderFromFlags}
     * @return a new builder, on which further options can be set
     * @throws IllegalArgumentException as in {@link #builderFromFlags}
     */
    public static Builder builderFrom(Map<String, String> environment, String... flags) {
        return builderFrom(EtcdFlags.read(environment, flags));
    }

    /**
     * Starts from flags that have already been read, for programs that support further flags themselves.
     *
     * @param flags the flags
     * @return a new builder, on which further options can be set
     * @throws IllegalArgumentException as in {@link #builderFromFlags}
     */
    public static Builder builderFrom(EtcdFlags flags) {
        return Builder.of(flags);
    }

    /**
     * Returns a client whose calls to a listen client URL are forwarded. The proxy is the last of its application
     * interceptors, so the application's interceptors see the listen client URL, and run once per call. If there are
     * any, a second interceptor of the proxy runs before them to record the deadlines of watches.
     *
     * <p>The new client shares the pool, the dispatcher and all settings with the given one, which is not modified. It
     * also shares the connections of calls that are not forwarded; connections to members are shared between the
     * clients of this proxy.
     *
     * <p>Wrapping a client that this proxy has wrapped has no effect. In a client that another proxy has wrapped, that
     * proxy is replaced if it is closed; if it is open, both forward the calls to their listen client URLs, which must
     * differ.
     *
     * <p>OkHttp's dispatcher counts the listen URL as one host: an application that uses {@code enqueue} should raise
     * {@link okhttp3.Dispatcher#setMaxRequestsPerHost}; otherwise at most five calls run concurrently.
     *
     * @param client the application's client
     * @return the wrapped client; in the mode {@link ProxyMode#OFF} the given client
     * @throws IllegalStateException if this proxy has been closed, if another open proxy in the client has the same
     *     listen client URL, or if the OkHttp on the class path is older than 5.4
     */
    public OkHttpClient wrap(OkHttpClient client) {
        OkHttpVersion.require();
        Objects.requireNonNull(client, "client: null: give the OkHttpClient that the application already has");
        if (registry.isClosed()) {
            throw new IllegalStateException("this proxy has been closed: wrap the client by a proxy that is open");
        }
        return options.mode() == ProxyMode.OFF ? client : wrapper.wrap(client);
    }

    /**
     * Readiness as a stage, for callers that must not block.
     *
     * @return a stage that completes when the first client URL is known, or with an {@link IllegalStateException} if
     *     the proxy is closed before, on a thread of the proxy
     */
    public CompletionStage<ProxyStatus> ready() {
        return registry.ready();
    }

    /**
     * Waits until calls can be forwarded. Optional: calls made earlier wait themselves, for the ready timeout.
     *
     * @param timeout the maximum time to wait; not null
     * @throws NotReadyException if no client URL is known by then, or the proxy has been closed; the message has the
     *     last reason for each peer
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public void awaitReady(Duration timeout) throws NotReadyException, InterruptedException {
        registry.awaitReady(timeout);
    }

    /**
     * The status, for health pages and support.
     *
     * @return the current status
     */
    public ProxyStatus status() {
        return registry.status();
    }

    /**
     * Stops the proxy's threads, refreshes and probes, and closes their connections. Wrapped clients stay open; new
     * calls to a listen client URL get 503. Running calls continue, unless they are resolving a member's name. A
     * running promotion ends with an {@link InterruptedException}. Idempotent.
     */
    @Override
    public void close() {
        registry.close();
        promotions.forEach(TaskRunner::close); // the one that closes this proxy continues
        wrapper.close();
    }

    ProxyOptions options() {
        return options;
    }

    ClientUrlRegistry registry() {
        return registry;
    }

    /** Runs a promotion, which {@link #close} ends unless the promotion itself closes the proxy. */
    <T> T promoting(Callable<T> promotion) throws IOException, InterruptedException {
        try (TaskRunner own = TaskRunner.start()) {
            promotions.add(own);
            try {
                return Interruptible.call(own, promotion);
            } finally {
                promotions.remove(own);
            }
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
        private @Nullable Executor executor;

        private Builder() {}

        private static Builder of(EtcdFlags flags) {
            return flagged(new Builder(), flags);
        }

        /**
         * The client whose TLS, DNS and HTTP proxy settings are used to reach peers. Its interceptors, cookies, cache
         * and authenticator are not used. By default OkHttp's settings. Members are probed with the settings of the
         * wrapped client.
         *
         * @param client the client, which is not modified
         * @return this builder
         */
        public Builder peerClient(OkHttpClient client) {
            peerClient = Objects.requireNonNull(client, "peerClient: null: give a client, or leave the option out");
            return this;
        }

        /**
         * Sets the executor of the proxy's timed tasks, which do no I/O. By default one daemon thread.
         *
         * @param executor the executor; the proxy does not shut it down
         * @return this builder
         */
        public Builder scheduler(ScheduledExecutorService executor) {
            scheduler = Objects.requireNonNull(executor, "scheduler: null: give an executor, or leave the option out");
            return this;
        }

        /**
         * Runs the proxy's exchanges with peers and its probes in place of threads of its own, in a managed container
         * for example. By default each runs on a daemon thread that ends when it is idle.
         *
         * @param io runs each task on a thread that may block; never shut down by the proxy. One that runs tasks on
         *     the calling thread must not be used: it would block the timer
         * @return this builder
         */
        public Builder executor(Executor io) {
            executor = Objects.requireNonNull(io, "executor: null: give an executor, or leave the option out");
            return this;
        }

        /**
         * Validates the options and starts the proxy, which looks for the cluster in the background.
         *
         * @return the proxy, which the caller must close
         * @throws IllegalArgumentException if an option is missing or out of its range; the message names it, its value
         *     and how to fix it
         * @throws IllegalStateException if the OkHttp on the class path is older than 5.4
         */
        public EtcdProxy start() {
            OkHttpVersion.require();
            // Everything is validated before anything is started.
            ProxyOptions options = buildOptions();
            ListenUrls listenUrls = new ListenUrls(options.listenClientUrls());
            if (scheduler != null && scheduler.isShutdown()) {
                throw new IllegalArgumentException(
                        "scheduler: " + scheduler + " has been shut down: give one that runs, or leave the option out");
            }
            TaskRunner tasks = TaskRunner.start(Optional.ofNullable(scheduler), Optional.ofNullable(executor));
            PeerTransport peers =
                    OkHttpPeerTransport.toPeers(peerClient == null ? new OkHttpClient() : peerClient, tasks);
            ClientUrlRegistry registry = ClientUrlRegistry.start(options, peers, tasks);
            return new EtcdProxy(options, registry, new ClientWrapper(options, listenUrls, registry, tasks));
        }

        @Override
        protected Builder self() {
            return this;
        }
    }
}
