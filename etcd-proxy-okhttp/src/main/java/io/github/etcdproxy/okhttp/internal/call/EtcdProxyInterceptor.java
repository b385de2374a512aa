package io.github.etcdproxy.okhttp.internal.call;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.attempt.AttemptLoop;
import io.github.etcdproxy.okhttp.internal.attempt.WrappedClient;
import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import io.github.etcdproxy.okhttp.internal.error.ProxyError;
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

    /**
     * {@code client} is the one that this interceptor is added to.
     *
     * @param watches resumes watches when their member fails; null to not resume them
     */
    public EtcdProxyInterceptor(WrappedClient client, ListenUrls listenUrls, @Nullable ResumableWatches watches) {
        this.client = client;
        this.listenUrls = listenUrls;
        this.watches = watches;
        this.readinessGate = new ReadinessGate(
                client.registry().ready().toCompletableFuture(),
                client.options().readyTimeout());
    }

    /** Whether it forwards to the members of that registry. */
    public boolean isOf(ClientUrlRegistry other) {
        return client.registry() == other;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!listenUrls.contains(request.url())) {
            return client.network().forOther(chain).proceed(request);
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
        List<EtcdUrl> members = registry.order();
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
