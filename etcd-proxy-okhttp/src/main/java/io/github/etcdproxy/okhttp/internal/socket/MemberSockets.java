package io.github.etcdproxy.okhttp.internal.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sockets of forwarded calls and tells each attempt which are its own, so that it can be aborted before OkHttp has
 * made a connection of one: during a TLS handshake that is never answered, for example.
 *
 * <p>OkHttp asks for a socket on the thread on which it has just announced a connect ({@code connectStart}), which is how the
 * attempt is known. A factory for each attempt would not do: OkHttp keeps the one with which a pooled connection was made, and
 * asks that again when it connects again for another call. Thread safe.
 */
public final class MemberSockets extends SocketFactory {
    private static final ThreadHandoff<SocketOwner> connecting = new ThreadHandoff<>();

    private final SocketFactory factory;
    private final Duration dialTimeout;
    private final LayeredSockets layered;

    MemberSockets(SocketFactory factory, Duration dialTimeout, LayeredSockets layered) {
        this.factory = factory;
        this.dialTimeout = dialTimeout;
        this.layered = layered;
    }

    /** The application's factory, which makes the sockets. */
    SocketFactory factory() {
        return factory;
    }

    /** To be called before OkHttp asks for a socket, on the same thread. {@code attempt} is null if the call is not ours. */
    public static void connectBegins(@Nullable SocketOwner owner) {
        connecting.announce(owner);
    }

    /** To be called when OkHttp won't ask any more, on the same thread. */
    public static void connectEnds() {
        connecting.announce(null);
    }

    @Override
    public Socket createSocket() throws IOException {
        SocketOwner owner = connecting.take();
        if (owner == null) {
            return factory.createSocket();
        }
        owner.requireFollowable();
        MemberSocket socket = new MemberSocket(factory.createSocket(), dialTimeout, layered);
        owner.opened(socket);
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
