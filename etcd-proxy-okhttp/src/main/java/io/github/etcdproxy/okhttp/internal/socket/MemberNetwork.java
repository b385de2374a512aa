package io.github.etcdproxy.okhttp.internal.socket;

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
 * How the forwarded calls of one client reach members: by the application's resolver, bounded, and on sockets of the
 * application's factory, known to their attempts. Both are set on the wrapped client, where they cost a forwarded call nothing;
 * for every other call the application's own are put back, so that it shares connections with the client that was wrapped
 * (ADR 18). Thread safe.
 */
public final class MemberNetwork {
    private static final URI ANYWHERE = URI.create("socket://etcd.invalid:2379");

    private final ProxyOptions options;
    private final TaskRunner tasks;
    private final LayeredSockets layered;
    private final Dns applicationsDns;
    private final SocketFactory applicationsSockets;
    private final BoundedDns dns;
    private final MemberSockets sockets;
    private volatile @Nullable ProxySelector directSelector;

    /** {@code layered} is shared by all clients of a proxy, since they share connections. */
    public MemberNetwork(OkHttpClient client, ProxyOptions options, TaskRunner tasks, LayeredSockets layered) {
        this.options = options;
        this.tasks = tasks;
        this.layered = layered;
        this.applicationsDns = client.dns();
        this.applicationsSockets = client.socketFactory();
        this.dns = bounded(client.dns());
        this.sockets = known(client.socketFactory());
    }

    public void setOn(OkHttpClient.Builder client) {
        client.dns(dns).socketFactory(sockets);
    }

    /** A chain for a forwarded call. An interceptor before us, or another proxy, may have set a resolver and a factory. */
    public Chain forForwarded(Chain chain) {
        Chain forwarded = chain;
        Dns givenDns = chain.getDns();
        if (!dns.equals(givenDns)) {
            forwarded = forwarded.withDns(bounded(givenDns));
        }
        SocketFactory givenSockets = chain.getSocketFactory();
        return isOurs(givenSockets) ? forwarded : forwarded.withSocketFactory(known(givenSockets));
    }

    /** A chain for any other call. */
    public Chain forOther(Chain chain) {
        Chain other = dns.equals(chain.getDns()) ? chain.withDns(applicationsDns) : chain;
        return isOurs(chain.getSocketFactory()) ? other.withSocketFactory(applicationsSockets) : other;
    }

    private boolean isOurs(SocketFactory given) {
        return given == sockets;
    }

    private BoundedDns bounded(Dns given) {
        Dns plain = given instanceof BoundedDns ofOtherProxy ? ofOtherProxy.dns() : given;
        return new BoundedDns(plain, tasks, options.dialTimeout());
    }

    private MemberSockets known(SocketFactory given) {
        SocketFactory plain = given instanceof MemberSockets ofOtherProxy ? ofOtherProxy.factory() : given;
        return new MemberSockets(plain, options.dialTimeout(), layered);
    }

    /**
     * Whether connections may go through a SOCKS proxy, for which OkHttp makes the sockets itself. The JDK's own selector is
     * asked once; what another says may change.
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

    /** Notes which socket is beneath the TLS of a connection. */
    public void layer(Connection connection, MemberSocket beneath) {
        layered.add(connection, beneath);
    }

    /** Whether a connection that has been used before must not be used again. */
    public boolean isStale(Connection used, boolean write) {
        return MemberSocket.isStale(used.socket(), socketOf(used), write);
    }

    /** The socket on which a connection is built; null if it is not one of ours. */
    @Nullable
    public MemberSocket socketOf(Connection connection) {
        return layered.beneath(connection);
    }
}
