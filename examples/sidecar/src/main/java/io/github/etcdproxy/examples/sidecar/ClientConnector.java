package io.github.etcdproxy.examples.sidecar;

import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;

/** Listens at one URL. Thread safe. */
final class ClientConnector extends ServerConnector {
    /** The idle timeout of a connection beyond the limit, in which its first request is refused. */
    private static final long EXCESS_IDLE_MILLIS = 1000;

    private static final int SCRATCH = 16 * 1024;

    private final Map<ManagedSelector, ByteBuffer> scratches = new ConcurrentHashMap<>();
    private final Set<ClientEndPoint> connections;
    private final int limit;

    /**
     * {@code connections} are the open ones, here and at other URLs.
     *
     * @param limit how many of them are served
     */
    ClientConnector(Server server, Set<ClientEndPoint> connections, int limit, ConnectionFactory... factories) {
        super(server, 1, -1, factories);
        this.connections = connections;
        this.limit = limit;
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        boolean served = connections.size() < limit;
        ByteBuffer scratch = scratches.computeIfAbsent(selector, one -> ByteBuffer.allocateDirect(SCRATCH));
        ClientEndPoint endPoint =
                new ClientEndPoint(channel, selector, key, getScheduler(), requestExecutor(), scratch, served);
        endPoint.setIdleTimeout(served ? getIdleTimeout() : EXCESS_IDLE_MILLIS);
        return endPoint;
    }

    private Executor requestExecutor() {
        Executor virtual = VirtualThreads.getVirtualThreadsExecutor(getExecutor());
        return virtual == null ? getExecutor() : virtual;
    }

    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
        super.onEndPointOpened(endPoint);
        connections.add((ClientEndPoint) endPoint);
        if (!endPoint.isOpen()) { // closed meanwhile, so removed before it was added
            connections.remove((ClientEndPoint) endPoint);
        }
        if (connections.size() > limit + limit / 8 + 1) {
            endPoint.close(); // too many to even be sent a refusal
        }
    }

    @Override
    protected void onEndPointClosed(EndPoint endPoint) {
        super.onEndPointClosed(endPoint);
        connections.remove((ClientEndPoint) endPoint);
    }
}
