package io.github.etcdproxy.okhttp.internal.socket;

import io.github.etcdproxy.okhttp.internal.cancel.WeakThreadLocal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Creates the sockets of forwarded calls and registers them with their attempts, so that an attempt can be aborted
 * before OkHttp has a connection: for example during a TLS handshake that never completes.
 *
 * <p>OkHttp asks for a socket on the thread on which it has just called {@code connectStart}, which identifies the
 * attempt. A factory per attempt would not work: OkHttp keeps the factory of a pooled connection and uses it again when
 * it reconnects for another call. Thread safe.
 */
public final class MemberSockets extends SocketFactory {
    private static final WeakThreadLocal<DialListener> connecting = new WeakThreadLocal<>();

    private final SocketFactory factory;
    private final Duration dialTimeout;
    private final RawSockets rawSockets;

    MemberSockets(SocketFactory factory, Duration dialTimeout, RawSockets rawSockets) {
        this.factory = factory;
        this.dialTimeout = dialTimeout;
        this.rawSockets = rawSockets;
    }

    /** The application's factory, which creates the sockets. */
    SocketFactory factory() {
        return factory;
    }

    /**
     * Called before OkHttp asks for a socket, on the same thread. {@code listener} is null if the call is not
     * forwarded.
     */
    public static void connectBegins(@Nullable DialListener listener) {
        connecting.set(listener);
    }

    /** Called when OkHttp has finished connecting, on the same thread. */
    public static void connectEnds() {
        connecting.set(null);
    }

    @Override
    public Socket createSocket() throws IOException {
        DialListener listener = connecting.take();
        if (listener == null) {
            return factory.createSocket();
        }
        listener.requireFollowable();
        MemberSocket socket = new MemberSocket(factory.createSocket(), dialTimeout, rawSockets);
        listener.opened(socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return factory.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return factory.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return factory.createSocket(address, port, localAddress, localPort);
    }
}
