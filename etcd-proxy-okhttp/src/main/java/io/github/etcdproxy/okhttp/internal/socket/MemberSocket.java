package io.github.etcdproxy.okhttp.internal.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A socket to a member, created for a forwarded call. It enables keepalive and tracks the responses: so unsolicited
 * data on a pooled connection is detected, and endless header lines are bounded. Beneath TLS it sees ciphertext, which
 * is counted but not parsed.
 *
 * <p>Used by one thread at a time, except {@link #close}, {@link #received} and {@link #isReadable}.
 */
public final class MemberSocket extends ForwardingSocket {
    /**
     * After this idle time a connection is checked before a write. For writes in quick succession the check costs too
     * much.
     */
    public static final Duration IDLE = Duration.ofMillis(100);

    private final ResponseFraming framing = new ResponseFraming();
    private final int dialMillis;
    private final RawSockets rawSockets;
    private @Nullable InputStream in;
    private boolean followed;
    private volatile long received;
    private long usedAt;

    /** The read timeout that was set last; -1 before the first. */
    private int timeoutMillis = -1;

    /**
     * {@code socket} is not connected yet.
     *
     * @param dialTimeout bounds connecting, in addition to OkHttp's timeout
     */
    MemberSocket(Socket socket, Duration dialTimeout, RawSockets rawSockets) {
        super(socket);
        this.dialMillis = Math.toIntExact(dialTimeout.toMillis());
        this.rawSockets = rawSockets;
        TcpKeepAlive.enableOn(socket);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
        super.connect(endpoint, timeoutMillis == 0 ? dialMillis : Math.min(timeoutMillis, dialMillis));
    }

    /** OkHttp sets the same timeout for each exchange, so most calls change nothing. */
    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the delegate synchronizes
    public void setSoTimeout(int millis) throws SocketException {
        if (millis != timeoutMillis) {
            super.setSoTimeout(millis);
            timeoutMillis = millis;
        }
    }

    /** The number of bytes received. */
    public long received() {
        return received;
    }

    /** An exchange of HTTP/1.1 without TLS begins; its response is tracked. */
    public void follow(String method) {
        followed = true;
        framing.requestBegins(method);
    }

    public void used() {
        usedAt = System.nanoTime();
    }

    /** Whether this socket has unsolicited data to read, or is not in the expected state. */
    private boolean isSuspicious() {
        return (followed && !framing.isClean()) || isReadable();
    }

    /**
     * Whether a used connection must not be used again: it has unsolicited data, which would be taken for the response,
     * or the peer has closed it. Java can't detect the latter without waiting a millisecond, so it is checked only
     * before a write, and after a moment of idleness.
     *
     * @param used the connection's socket
     * @param beneath that socket, or the one beneath its TLS; null if it is not one of ours
     */
    static boolean isStale(Socket used, @Nullable MemberSocket beneath, boolean write) {
        if (beneath == null) {
            return isClosedOrUnclean(used);
        }
        if (used == beneath && beneath.isSuspicious()) {
            return true;
        }
        boolean idle = write && System.nanoTime() - beneath.usedAt > IDLE.toNanos();
        // Beneath TLS, readable data may be a TLS message.
        return (idle || (used != beneath && beneath.isReadable())) && isClosedOrUnclean(used);
    }

    /** Whether OkHttp has received exactly the expected response. Any excess would be in its buffer now. */
    public boolean isClean() {
        return followed && framing.isClean();
    }

    /** Whether there is unread data. */
    public boolean isReadable() {
        try {
            return getInputStream().available() > 0;
        } catch (IOException e) {
            return true; // it is closed: the next read says why
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        InputStream counted = in;
        if (counted == null) {
            counted = new Counted(super.getInputStream());
            in = counted;
        }
        return counted;
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the delegate synchronizes
    public void close() throws IOException {
        try {
            super.close();
        } finally {
            rawSockets.remove(this);
        }
    }

    /**
     * Closes a socket without lingering, or {@code SSLSocket.close()} blocks behind a stuck write to send close_notify.
     */
    public static void closeAtOnce(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is already closed.
        }
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing else can be done.
        }
    }

    /**
     * Whether the peer has closed a connection or sent unsolicited data. Java can't check without waiting, so this
     * costs a millisecond.
     */
    private static boolean isClosedOrUnclean(Socket socket) {
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

    private final class Counted extends FilterInputStream {
        private Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            if (b >= 0) {
                count(new byte[] {(byte) b}, 0, 1);
            }
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                count(bytes, offset, count);
            }
            return count;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread reads at a time
        private void count(byte[] bytes, int offset, int count) throws IOException {
            received += count;
            if (followed) {
                framing.received(bytes, offset, count);
                if (framing.isOverrun()) {
                    closeAtOnce(MemberSocket.this); // the response is complete; no exchange may follow
                }
            }
        }
    }
}
