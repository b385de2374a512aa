package io.github.etcdproxy.okhttp.internal.socket;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;

/** TCP keepalive as in etcd's proxy (net.Dialer, 30 s), so that NAT and load balancers keep an idle watch. */
final class TcpKeepAlive {
    private static final int SECONDS = 30;

    private TcpKeepAlive() {}

    /** Enables keepalive, with our period where the platform lets us set it. */
    static void enableOn(Socket socket) {
        try {
            socket.setKeepAlive(true);
            for (SocketOption<?> option : socket.supportedOptions()) {
                // The constants are in the module jdk.net, which a runtime image may lack.
                if (option.name().equals("TCP_KEEPIDLE") || option.name().equals("TCP_KEEPINTERVAL")) {
                    set(socket, option);
                }
            }
        } catch (IOException | RuntimeException e) {
            // A socket that does not support it is used as it is.
        }
    }

    @SuppressWarnings("unchecked") // both options are of this type
    private static void set(Socket socket, SocketOption<?> option) throws IOException {
        socket.setOption((SocketOption<Integer>) option, SECONDS);
    }
}
