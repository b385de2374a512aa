package io.github.etcdproxy.okhttp.internal.call;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.attempt.AttemptLoop;
import io.github.etcdproxy.okhttp.internal.attempt.WrappedClient;
import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import io.github.etcdproxy.okhttp.internal.error.ProxyError;
import io.github.etcdproxy.okhttp.internal.failover.SkippedMembers;
import io.github.etcdproxy.okhttp.internal.readonly.ClassifiedRequest;
import io.github.etcdproxy.okhttp.internal.readonly.ReadOnlyGuard;
import io.github.etcdproxy.okhttp.internal.watch.ResumableWatches;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import java.io.IOException;
import java.util.List;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Forwards calls to a listen client URL to a member. It checks that the proxy is open, the call is permitted and
 * members are known; then the {@link AttemptLoop} takes over. Statuses are relayed as they are. Thread safe.
 */
public final class EtcdProxyInterceptor implements Interceptor {
    private final WrappedClient client;
    private final ListenUrls listenUrls;
    private final ReadinessGate readinessGate;
    private final @Nullable ResumableWatches watches;

    /** Null if a later interceptor of another proxy looks for near misses, or there can't be any. */
    private final @Nullable NearMisses nearMisses;

    /**
     * {@code client} is the one that this interceptor is added to.
     *
     * @param watches resumes watches when their member fails; null to not resume them
     */
    public EtcdProxyInterceptor(WrappedClient client, ListenUrls listenUrls, @Nullable ResumableWatches watches) {
        this(client, listenUrls, watches, null);
    }

    private EtcdProxyInterceptor(
            WrappedClient client,
            ListenUrls listenUrls,
            @Nullable ResumableWatches watches,
            @Nullable NearMisses nearMisses) {
        this.client = client;
        this.listenUrls = listenUrls;
        this.watches = watches;
        this.nearMisses = nearMisses;
        this.readinessGate = new ReadinessGate(
                client.registry().ready().toCompletableFuture(),
                client.options().readyTimeout());
    }

    /**
     * Returns this interceptor for the last place: it also reports calls that miss a listen client URL narrowly.
     *
     * @param before the interceptors of other proxies in the client
     */
    public EtcdProxyInterceptor reportingNearMisses(List<EtcdProxyInterceptor> before) {
        ListenUrls all = listenUrls;
        for (EtcdProxyInterceptor other : before) {
            all = all.and(other.listenUrls);
        }
        return new EtcdProxyInterceptor(client, listenUrls, watches, new NearMisses(all));
    }

    /** Returns this interceptor for any other place. */
    public EtcdProxyInterceptor quiet() {
        return nearMisses == null ? this : new EtcdProxyInterceptor(client, listenUrls, watches, null);
    }

    /** Whether its proxy has been closed. */
    public boolean isClosed() {
        return client.registry().isClosed();
    }

    /** The URLs of which it forwards the calls. */
    public ListenUrls listenUrls() {
        return listenUrls;
    }

    /** Whether it forwards to the members of that registry. */
    public boolean isOf(ClientUrlRegistry other) {
        return client.registry() == other;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!listenUrls.contains(request.url())) {
            Chain other = client.network().forOther(chain);
            return nearMisses == null || isClosed() ? other.proceed(request) : nearMisses.proceed(other);
        }
        if (watches == null || !watches.mayResume(request)) {
            return forward(chain);
        }
        Long deadline = CallDeadline.of(chain.call()); // before any wait
        return watches.surviving(chain, forward(chain), deadline);
    }

    private Response forward(Chain chain) throws IOException {
        Request request = chain.request();
        ClientUrlRegistry registry = client.registry();
        if (registry.isClosed()) {
            return refuse(request, noEndpoint());
        }
        ClassifiedRequest classified = ClassifiedRequest.of(request);
        if (!ReadOnlyGuard.permits(request, classified, client.options())) {
            return refuse(request, ProxyError.readOnly());
        }
        if (client.via().isIn(request.headers())) {
            return refuse(request, ProxyError.loop(client.via()));
        }
        if (ConfigEndpoint.serves(request.url())) {
            return ConfigEndpoint.respond(request, registry.available());
        }
        if (registry.urls().isEmpty()) {
            readinessGate.await(chain.call());
        }
        List<EtcdUrl> members = SkippedMembers.removedFrom(registry.order(), request);
        return members.isEmpty()
                ? refuse(request, noEndpoint())
                : new AttemptLoop(chain, classified, client).run(members);
    }

    private ProxyError noEndpoint() {
        return ProxyError.noEndpoint(client.registry().status().problem().orElse(""));
    }

    private Response refuse(Request request, ProxyError error) throws EtcdProxyException {
        return error.reply(request, client.options().errorsAsExceptions());
    }
}
