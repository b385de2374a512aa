package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the sockets of wrapped calls and tells each attempt which are its own, so that it can be cut before OkHttp has made a
 * connection of one: a TLS handshake that is never answered.
 *
 * <p>OkHttp asks for a socket on the thread on which it has just announced a connect ({@code connectStart}), which is how the
 * attempt is known. Thread safe.
 */
final class AttemptSockets extends SocketFactory {
    private static final ThreadLocal<@Nullable CallAttempt> connecting = new ThreadLocal<>();

    private final SocketFactory factory;

    AttemptSockets(SocketFactory factory) {
        this.factory = factory;
    }

    /** To be called before OkHttp asks for a socket, on the same thread. */
    static void connectBegins(CallAttempt attempt) {
        connecting.set(attempt);
    }

    /** To be called when OkHttp won't ask any more, on the same thread. */
    static void connectEnds() {
        connecting.remove();
    }

    @Override
    public Socket createSocket() throws IOException {
        CallAttempt attempt = connecting.get();
        connecting.remove();
        if (attempt == null) {
            return factory.createSocket();
        }
        attempt.requireNoDowngrade();
        Socket socket = factory.createSocket();
        attempt.opened(socket);
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
