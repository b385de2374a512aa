package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.HungMemberWatch;
import java.io.IOException;
import java.util.List;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Forwards calls to a listen client URL to a member: ours? open? allowed? ready? Then the {@link AttemptLoop} takes over.
 * Statuses are relayed as they are. Thread safe.
 */
final class EtcdProxyInterceptor implements Interceptor {
    private final ProxyOptions options;
    private final ListenUrls listenUrls;
    private final ClientUrlRegistry registry;
    private final HungMemberWatch watch;
    private final ReadyWait readyWait;
    private final Via via;
    private final @Nullable Watches watches;

    private final MemberUrls memberUrls = new MemberUrls();

    /**
     * {@code watch} is that of the one client into which this is put.
     *
     * @param via the mark of the proxy
     * @param watches has watches go on when their member does not; null to leave them alone
     */
    EtcdProxyInterceptor(
            ProxyOptions options,
            ListenUrls listenUrls,
            ClientUrlRegistry registry,
            HungMemberWatch watch,
            Via via,
            @Nullable Watches watches) {
        this.via = via;
        this.watches = watches;
        this.watch = watch;
        this.options = options;
        this.listenUrls = listenUrls;
        this.registry = registry;
        this.readyWait = new ReadyWait(registry.ready().toCompletableFuture(), options.readyTimeout());
    }

    /** Whether it forwards to the members of that registry. */
    boolean isOf(ClientUrlRegistry other) {
        return registry == other;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!listenUrls.contains(request.url())) {
            return chain.proceed(request);
        }
        Long deadline = CallDeadline.of(chain.call()); // before anything is waited for
        if (registry.isClosed()) {
            return refuse(request, noEndpoint());
        }
        InspectedRequest inspected = new InspectedRequest(request);
        if (!permits(inspected, request)) {
            return refuse(request, ProxyError.readOnly());
        }
        if (via.isIn(request.headers())) {
            return refuse(request, ProxyError.loop(via));
        }
        if (ConfigEndpoint.serves(request.url())) {
            return ConfigEndpoint.respond(request, registry.snapshot());
        }
        if (registry.snapshot().urls().isEmpty()) {
            readyWait.await(chain.call());
        }
        List<EtcdUrl> members = registry.order();
        if (members.isEmpty()) {
            return refuse(request, noEndpoint());
        }
        try {
            Response response = new AttemptLoop(chain, inspected, options, watch, memberUrls, via).run(members);
            return watches == null ? response : watches.surviving(chain, response, deadline);
        } catch (NoResponseException e) {
            return refuse(request, e.error());
        } catch (FollowUps.NoReadException e) {
            return refuse(request, ProxyError.readOnly());
        }
    }

    private boolean permits(InspectedRequest inspected, Request request) {
        ProxyMode mode = options.mode();
        return mode.permits(request.method(), inspected.kind(), options.strictReadOnly())
                && (mode != ProxyMode.READONLY || InspectedRequest.isWellFormed(request.headers()));
    }

    private ProxyError noEndpoint() {
        return ProxyError.noEndpoint(registry.status().problem().orElse(""));
    }

    private Response refuse(Request request, ProxyError error) throws EtcdProxyException {
        error.endWriting(request);
        if (options.errorsAsExceptions()) {
            throw error.asException(request);
        }
        return error.asResponse(request);
    }
}
