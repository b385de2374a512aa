package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.io.Serial;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.WeakHashMap;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Protocol;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Runs where an exchange has its connection and nothing has been sent: tells the attempt, and looks, before a write is sent on a connection that has been idle for a moment, whether the member has closed it meanwhile,
 * as one does that restarts. Then nothing has been sent, and the write goes elsewhere; sent, it would be lost, and its outcome
 * unknown. OkHttp looks for itself after ten seconds only.
 *
 * <p>It costs a millisecond, since Java can't look without waiting; hence not between writes that follow each other closely.
 * HTTP/2 connections are read all the time, and need no look. Thread safe.
 */
final class IdleConnections implements Interceptor {
    static final Duration IDLE = Duration.ofMillis(100);

    /** When a connection was last used. Guarded by itself. */
    private final Map<Connection, Long> lastUsed = new WeakHashMap<>();

    @Override
    public Response intercept(Chain chain) throws IOException {
        OurCall call = OurCall.of(chain.call());
        Connection connection = chain.connection();
        if (connection == null) {
            return chain.proceed(chain.request());
        }
        CallAttempt attempt = call == null ? null : call.attempt();
        if (attempt != null) {
            attempt.exchangeBegins(connection, chain.request().url());
        }
        if (connection.protocol() != Protocol.HTTP_1_1) {
            return chain.proceed(chain.request());
        }
        Long last;
        synchronized (lastUsed) {
            last = lastUsed.get(connection);
        }
        if (call != null && call.isWrite() && hasBeenIdle(last) && isClosed(connection.socket())) {
            throw new ClosedException();
        }
        try {
            return chain.proceed(chain.request());
        } finally {
            synchronized (lastUsed) {
                lastUsed.put(connection, System.nanoTime());
            }
        }
    }

    /** A connection turned out to be closed before anything was sent on it. */
    static final class ClosedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private ClosedException() {
            super("the member closed the connection while it was idle");
        }
    }

    private static boolean hasBeenIdle(@Nullable Long lastUsed) {
        return lastUsed != null && System.nanoTime() - lastUsed > IDLE.toNanos();
    }

    /** Whether there is an end, or anything else that was not asked for. */
    private static boolean isClosed(Socket socket) {
        try {
            int timeout = socket.getSoTimeout();
            try {
                socket.setSoTimeout(1);
                int unused = socket.getInputStream().read();
                return true;
            } finally {
                socket.setSoTimeout(timeout);
            }
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
