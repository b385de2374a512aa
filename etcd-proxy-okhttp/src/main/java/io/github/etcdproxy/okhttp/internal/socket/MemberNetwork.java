package io.github.etcdproxy.okhttp.internal.socket;

import io.github.etcdproxy.okhttp.internal.dns.BoundedDns;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.TaskRunner;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import javax.net.SocketFactory;
import okhttp3.Connection;
import okhttp3.Dns;
import okhttp3.Interceptor.Chain;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * The resolver and socket factory for the forwarded calls of one client: the application's resolver, bounded, and the
 * application's sockets, tracked by their attempts. Both are set on the wrapped client, where they cost a forwarded
 * call nothing. For other calls the application's own are restored, so that they share connections with the unwrapped
 * client (ADR 18). Thread safe.
 */
public final class MemberNetwork {
    private static final URI ANYWHERE = URI.create("socket://etcd.invalid:2379");

    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final RawSockets rawSockets;
    private final Dns applicationsDns;
    private final SocketFactory applicationsSockets;
    private final BoundedDns dns;
    private final MemberSockets sockets;
    private volatile @Nullable ProxySelector directSelector;

    /** {@code rawSockets} is shared by all clients of a proxy, since they share connections. */
    public MemberNetwork(OkHttpClient client, ProxyOptions options, TaskRunner tasks, RawSockets rawSockets) {
        this.options = options;
        this.tasks = tasks;
        this.rawSockets = rawSockets;
        this.applicationsDns = plain(client.dns());
        this.applicationsSockets = plain(client.socketFactory());
        this.dns = bounded(client.dns());
        this.sockets = known(client.socketFactory());
    }

    public void setOn(OkHttpClient.Builder client) {
        client.dns(dns).socketFactory(sockets);
    }

    /** Sets the application's own resolver and socket factory in place of those of a proxy, if there are any. */
    public static void removeFrom(OkHttpClient client, OkHttpClient.Builder builder) {
        builder.dns(plain(client.dns())).socketFactory(plain(client.socketFactory()));
    }

    /**
     * Returns the chain for a forwarded call. An earlier interceptor, or another proxy, may have set a resolver and a
     * factory.
     */
    public Chain forForwarded(Chain chain) {
        Chain forwarded = chain;
        Dns givenDns = chain.getDns();
        if (!dns.equals(givenDns)) {
            forwarded = forwarded.withDns(bounded(givenDns));
        }
        SocketFactory givenSockets = chain.getSocketFactory();
        return isOurs(givenSockets) ? forwarded : forwarded.withSocketFactory(known(givenSockets));
    }

    /** Returns the chain for any other call. */
    public Chain forOther(Chain chain) {
        Chain other = dns.equals(chain.getDns()) ? chain.withDns(applicationsDns) : chain;
        return isOurs(chain.getSocketFactory()) ? other.withSocketFactory(applicationsSockets) : other;
    }

    private boolean isOurs(SocketFactory given) {
        return given == sockets;
    }

    private BoundedDns bounded(Dns given) {
        return new BoundedDns(plain(given), tasks, options.dialTimeout());
    }

    private MemberSockets known(SocketFactory given) {
        return new MemberSockets(plain(given), options.dialTimeout(), rawSockets);
    }

    private static Dns plain(Dns given) {
        return given instanceof BoundedDns ofProxy ? ofProxy.dns() : given;
    }

    private static SocketFactory plain(SocketFactory given) {
        return given instanceof MemberSockets ofProxy ? ofProxy.factory() : given;
    }

    /**
     * Whether connections may use a SOCKS proxy, for which OkHttp creates the sockets itself. The JDK's selector is
     * asked once; the result of any other may change.
     */
    public boolean mayUseSocks(Chain chain) {
        Proxy proxy = chain.getProxy();
        if (proxy != null) {
            return proxy.type() == Proxy.Type.SOCKS;
        }
        ProxySelector selector = chain.getProxySelector();
        return selector != directSelector && !isDirect(selector);
    }

    private boolean isDirect(ProxySelector selector) {
        boolean direct = selector == ProxySelector.getDefault()
                && selector.select(ANYWHERE).stream().noneMatch(proxy -> proxy.type() == Proxy.Type.SOCKS);
        if (direct) {
            directSelector = selector;
        }
        return direct;
    }

    /** Records the socket beneath a TLS connection. */
    public void layer(Connection connection, MemberSocket beneath) {
        rawSockets.add(connection, beneath);
    }

    /** Whether a used connection must not be used again. */
    public boolean isStale(Connection used, boolean write) {
        return MemberSocket.isStale(used.socket(), socketOf(used), write);
    }

    /** The socket beneath a connection; null if it is not one of ours. */
    @Nullable
    public MemberSocket socketOf(Connection connection) {
        return rawSockets.of(connection);
    }
}
