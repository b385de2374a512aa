package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.time.Background;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import javax.net.SocketFactory;
import okhttp3.Connection;
import okhttp3.Dns;
import okhttp3.Interceptor.Chain;
import org.jspecify.annotations.Nullable;

/**
 * How the forwarded calls of one client reach members: by the application's resolver, bounded, and on sockets of the
 * application's factory, known to their attempts. They are set on the chain of a forwarded call, so that all other calls of the
 * client share connections with the client that was wrapped. Thread safe.
 */
final class MemberNetwork {
    private static final URI ANYWHERE = URI.create("socket://etcd.invalid:2379");

    private final ProxyOptions options;
    private final Background background;
    private final LayeredSockets layered;

    // The last ones used. An application that alternates between several gets equal ones made each time.
    private volatile @Nullable BoundedDns dns;
    private volatile @Nullable MemberSockets sockets;
    private volatile @Nullable ProxySelector directSelector;

    /** {@code layered} is shared by all clients of a proxy, since they share connections. */
    MemberNetwork(ProxyOptions options, Background background, LayeredSockets layered) {
        this.options = options;
        this.background = background;
        this.layered = layered;
    }

    /** A chain whose sockets are known to their attempts. An interceptor before us, or another proxy, may have set a factory. */
    Chain on(Chain chain) {
        return chain.withSocketFactory(known(chain.getSocketFactory()));
    }

    /** A chain that resolves the name of a member within bounds. */
    Chain resolving(Chain chain) {
        return chain.withDns(bounded(chain.getDns()));
    }

    /**
     * Whether connections may go through a SOCKS proxy, for which OkHttp makes the sockets itself. The JDK's own selector is
     * asked once; what another says may change.
     */
    boolean mayUseSocks(Chain chain) {
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

    private Dns bounded(Dns given) {
        Dns plain = given instanceof BoundedDns ofOtherProxy ? ofOtherProxy.dns() : given;
        BoundedDns last = dns;
        if (last == null || last.dns() != plain) {
            last = new BoundedDns(plain, background, options.dialTimeout());
            dns = last;
        }
        return last;
    }

    private SocketFactory known(SocketFactory given) {
        SocketFactory plain = given instanceof MemberSockets ofOtherProxy ? ofOtherProxy.factory() : given;
        MemberSockets last = sockets;
        if (last == null || last.factory() != plain) {
            last = new MemberSockets(plain, options.dialTimeout(), layered);
            sockets = last;
        }
        return last;
    }

    /** Notes which socket is beneath the TLS of a connection. */
    void layer(Connection connection, MemberSocket beneath) {
        layered.add(connection, beneath);
    }

    /** The socket on which a connection is built; null if it is not one of ours. */
    @Nullable
    MemberSocket socketOf(Connection connection) {
        return layered.beneath(connection);
    }
}
