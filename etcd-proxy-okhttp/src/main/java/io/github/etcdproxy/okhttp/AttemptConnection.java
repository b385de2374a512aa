package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Connection;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt is connected by, so that it can be cut; and only as long as it is the attempt's, since afterwards the same
 * connection serves other calls. Thread safe.
 */
final class AttemptConnection {
    private final boolean write;

    // Guarded by this.
    private final List<Socket> sockets = new ArrayList<>(1);
    private @Nullable Connection connection;
    private boolean sent;
    private boolean over;
    private boolean finished;

    /** Why the attempt was cut; null if it was not. Written under the lock. */
    private volatile @Nullable String cutReason;

    AttemptConnection(boolean write) {
        this.write = write;
    }

    @Nullable
    String cutReason() {
        return cutReason;
    }

    /** A socket was made for the attempt. */
    synchronized void opened(Socket socket) {
        if (!finished) {
            sockets.add(socket);
            if (cutReason != null) {
                close(socket); // OkHttp tries again for a read; but this attempt is over
            }
        }
    }

    /** The attempt has got a connection, from the pool or of its own sockets. */
    synchronized void acquired(Connection acquired) {
        if (!finished) {
            connection = acquired;
            if (cutReason != null && acquired.protocol() == Protocol.HTTP_1_1) {
                close(acquired.socket());
            }
        }
    }

    synchronized void released() {
        connection = null;
        sockets.clear();
    }

    /** Something is about to be sent. */
    synchronized void sending() {
        sent = true;
    }

    /** Nothing more is awaited, for now: the connection is not the attempt's any more, unless it goes on. */
    synchronized void end() {
        over = true;
    }

    /** Something is awaited again; returns whether nothing was. */
    synchronized boolean goOn() {
        boolean wasOver = over && !finished;
        if (wasOver) {
            over = false;
        }
        return wasOver;
    }

    /** Nothing more will ever be awaited. */
    synchronized void finish() {
        over = true;
        finished = true;
        released();
    }

    /** Closes what there is, if so many failed probes are reason enough. Under the lock, since a moment later it is not ours. */
    synchronized void cut(int failedProbes, String reason) {
        if (over || (failedProbes < 2 && needsCertainty())) {
            return;
        }
        cutReason = reason;
        sockets.forEach(AttemptConnection::close);
        if (connection != null) {
            close(connection.socket());
        }
    }

    /** A write can't go elsewhere once it was sent; an HTTP/2 connection carries others, which may be writes. */
    private boolean needsCertainty() {
        boolean shared = connection != null && connection.protocol() != Protocol.HTTP_1_1;
        return shared || (sent && write);
    }

    /** Closes at once: without lingering, TLS would wait for its turn to say goodbye, behind a write that is stuck. */
    private static void close(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already.
        }
        try {
            socket.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }
}
