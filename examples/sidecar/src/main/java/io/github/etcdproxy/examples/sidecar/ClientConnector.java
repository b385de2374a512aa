package io.github.etcdproxy.examples.sidecar;

import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Listens at one URL, and knows the connections that stand. Thread safe. */
final class ClientConnector extends ServerConnector {
    private final Set<ClientEndPoint> open = ConcurrentHashMap.newKeySet();

    ClientConnector(Server server, ConnectionFactory... factories) {
        super(server, 1, -1, factories);
    }

    /** The connections that stand. */
    Set<ClientEndPoint> connections() {
        return open;
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        ClientEndPoint endPoint =
                new ClientEndPoint(channel, selector, key, getScheduler(), getExecutor(), open::remove);
        endPoint.setIdleTimeout(getIdleTimeout());
        open.add(endPoint);
        return endPoint;
    }
}
