package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.okhttp.internal.attempt.MemberExchangeInterceptor;
import io.github.etcdproxy.okhttp.internal.attempt.WrappedClient;
import io.github.etcdproxy.okhttp.internal.call.EtcdProxyInterceptor;
import io.github.etcdproxy.okhttp.internal.call.ListenUrls;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import io.github.etcdproxy.okhttp.internal.http.ViaHeader;
import io.github.etcdproxy.okhttp.internal.peer.OkHttpPeerTransport;
import io.github.etcdproxy.okhttp.internal.socket.MemberNetwork;
import io.github.etcdproxy.okhttp.internal.socket.RawSockets;
import io.github.etcdproxy.okhttp.internal.watch.ResumableWatches;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.time.TaskRunner;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.WeakHashMap;
import okhttp3.EventListener;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;

/**
 * Derives clients that forward to a proxy's members, and keeps what the clients of a proxy share: its {@code Via}
 * entry, the raw sockets of pooled connections, and the transports for probes. Thread safe.
 */
final class ClientWrapper {
    /** The same for all proxies, so that one in a client is enough. */
    private static final Interceptor RECORD_DEADLINES = ResumableWatches::recordDeadline;

    private final ProxyOptions options;
    private final ListenUrls listenUrls;
    private final ClientUrlRegistry registry;
    private final TaskRunner tasks;
    private final Random random = new Random();
    private final ViaHeader via = ViaHeader.unique(random);
    private final RawSockets rawSockets = new RawSockets();

    /** The transports for probes, one for each wrapped client; each lives as long as its client. */
    private final Set<OkHttpPeerTransport> memberTransports =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    ClientWrapper(ProxyOptions options, ListenUrls listenUrls, ClientUrlRegistry registry, TaskRunner tasks) {
        this.options = options;
        this.listenUrls = listenUrls;
        this.registry = registry;
        this.tasks = tasks;
    }

    /**
     * Returns the wrapped client; the given one if it is wrapped already. Closed proxies in the client are replaced.
     *
     * @throws IllegalStateException if another open proxy in the client has the same listen client URL
     */
    OkHttpClient wrap(OkHttpClient given) {
        boolean hasClosed = proxiesIn(given).stream().anyMatch(EtcdProxyInterceptor::isClosed);
        if (!hasClosed && isWrapped(given)) {
            return given;
        }
        OkHttpClient client = hasClosed ? withoutClosed(given) : given;
        List<EtcdProxyInterceptor> others = proxiesIn(client);
        others.forEach(this::requireOtherUrls);
        WrappedClient wrapped = wrapped(client);
        OkHttpClient.Builder builder = client.newBuilder();
        wrapped.network().setOn(builder);
        builder.networkInterceptors().add(0, new MemberExchangeInterceptor(wrapped));
        ResumableWatches watches = null;
        if (options.resumeWatches()) {
            watches = new ResumableWatches(
                    reopening(builder.build(), wrapped), options.listener(), registry::isClosed, random);
            builder.interceptors().remove(RECORD_DEADLINES);
            if (!builder.interceptors().isEmpty()) { // otherwise ours comes first
                builder.interceptors().add(0, RECORD_DEADLINES);
            }
        }
        builder.interceptors()
                .replaceAll(
                        interceptor -> interceptor instanceof EtcdProxyInterceptor other ? other.quiet() : interceptor);
        return builder.addInterceptor(
                        new EtcdProxyInterceptor(wrapped, listenUrls, watches).reportingNearMisses(others))
                .build();
    }

    private boolean isWrapped(OkHttpClient client) {
        return proxiesIn(client).stream().anyMatch(proxy -> proxy.isOf(registry));
    }

    private static List<EtcdProxyInterceptor> proxiesIn(OkHttpClient client) {
        return client.interceptors().stream()
                .filter(EtcdProxyInterceptor.class::isInstance)
                .map(EtcdProxyInterceptor.class::cast)
                .toList();
    }

    /** The client without what closed proxies, and this proxy, have added to it. */
    private OkHttpClient withoutClosed(OkHttpClient client) {
        OkHttpClient.Builder builder = client.newBuilder();
        MemberNetwork.removeFrom(client, builder);
        builder.interceptors().remove(RECORD_DEADLINES);
        builder.interceptors()
                .removeIf(interceptor -> interceptor instanceof EtcdProxyInterceptor proxy
                        && (proxy.isClosed() || proxy.isOf(registry)));
        builder.networkInterceptors()
                .removeIf(interceptor ->
                        interceptor instanceof MemberExchangeInterceptor exchange && isReplaced(exchange.client()));
        return builder.build();
    }

    private boolean isReplaced(WrappedClient wrapped) {
        return wrapped.registry().isClosed() || wrapped.registry() == registry;
    }

    private void requireOtherUrls(EtcdProxyInterceptor other) {
        HttpUrl common = listenUrls.commonWith(other.listenUrls());
        if (common != null) {
            throw new IllegalStateException("listen-client-urls: another open proxy in this client forwards "
                    + common.scheme() + "://" + common.uri().getRawAuthority() + " already: close that one first, or"
                    + " wrap the client that it was given");
        }
    }

    private WrappedClient wrapped(OkHttpClient client) {
        OkHttpPeerTransport members = OkHttpPeerTransport.toMembers(client, tasks);
        memberTransports.add(members);
        return new WrappedClient(
                options,
                registry,
                registry.hangDetector(members),
                via,
                new HostRewriter(),
                new MemberNetwork(client, options, tasks, rawSockets));
    }

    /** The client that opens watches again, without the application's interceptors, which have seen them. */
    private OkHttpClient reopening(OkHttpClient client, WrappedClient wrapped) {
        OkHttpClient.Builder reopening = client.newBuilder();
        reopening.interceptors().clear();
        // The application's listeners have seen its one call. The deadline is passed on explicitly.
        reopening.eventListener(EventListener.NONE).callTimeout(Duration.ZERO);
        return reopening
                .addInterceptor(new EtcdProxyInterceptor(wrapped, listenUrls, null))
                .build();
    }

    /** Closes the connections of probes; the wrapped clients stay open. */
    void close() {
        synchronized (memberTransports) {
            memberTransports.forEach(OkHttpPeerTransport::close);
        }
    }
}
