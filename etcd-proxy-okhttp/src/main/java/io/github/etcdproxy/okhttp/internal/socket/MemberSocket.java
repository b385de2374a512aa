package io.github.etcdproxy.okhttp.internal.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A socket to a member, made for a forwarded call. It keeps itself alive, and what comes on it is counted: so a pooled connection
 * on which more has come than was asked for is known, and a line that never ends is bounded. Beneath TLS it sees ciphertext,
 * which is counted but not looked into.
 *
 * <p>Used by one thread at a time, but for {@link #close}, {@link #received} and {@link #isReadable}.
 */
public final class MemberSocket extends ForwardingSocket {
    /** After so long without use a connection is looked at before a write. Between writes that follow closely it costs too much. */
    public static final Duration IDLE = Duration.ofMillis(100);

    private static final int KEEP_ALIVE_SECONDS = 30;

    private final ResponseFraming framing = new ResponseFraming();
    private final int dialMillis;
    private final LayeredSockets layered;
    private @Nullable InputStream in;
    private boolean followed;
    private volatile long received;
    private long usedAt;

    /** The read timeout that was set last; -1 before the first. */
    private int timeoutMillis = -1;

    /**
     * {@code socket} is not connected yet.
     *
     * @param dialTimeout bounds connecting, beside the timeout that OkHttp gives
     */
    MemberSocket(Socket socket, Duration dialTimeout, LayeredSockets layered) {
        super(socket);
        this.dialMillis = Math.toIntExact(dialTimeout.toMillis());
        this.layered = layered;
        keepAlive(socket);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
        super.connect(endpoint, timeoutMillis == 0 ? dialMillis : Math.min(timeoutMillis, dialMillis));
    }

    /** OkHttp sets the same timeout for each exchange, so most calls have nothing to change. */
    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the socket to which it forwards sees to that
    public void setSoTimeout(int millis) throws SocketException {
        if (millis != timeoutMillis) {
            super.setSoTimeout(millis);
            timeoutMillis = millis;
        }
    }

    /** As etcd's own proxy did (net.Dialer, 30 s), so that NAT and balancers don't forget an idle watch. */
    private static void keepAlive(Socket socket) {
        try {
            socket.setKeepAlive(true);
            for (SocketOption<?> option : socket.supportedOptions()) {
                // The constants are in the module jdk.net, which an image need not have.
                if (option.name().equals("TCP_KEEPIDLE") || option.name().equals("TCP_KEEPINTERVAL")) {
                    set(socket, option);
                }
            }
        } catch (IOException | RuntimeException e) {
            // A socket that can't, whatever it throws, is used as it is.
        }
    }

    @SuppressWarnings("unchecked") // both options are of this type
    private static void set(Socket socket, SocketOption<?> option) throws IOException {
        socket.setOption((SocketOption<Integer>) option, KEEP_ALIVE_SECONDS);
    }

    /** How many bytes have come. */
    public long received() {
        return received;
    }

    /** An exchange of HTTP/1.1 without TLS begins, whose response is followed. */
    public void follow(String method) {
        followed = true;
        framing.requestBegins(method);
    }

    public void used() {
        usedAt = System.nanoTime();
    }

    /** Whether this, or what is beneath TLS, has something to be read that was not asked for, or is not what it should be. */
    private boolean isSuspicious() {
        return (followed && !framing.isClean()) || isReadable();
    }

    /**
     * Whether a connection that has been used before must not be used again: more has come than was asked for, which would be
     * taken for the response; or the other side has closed it. Java can't see the latter without waiting for a millisecond, so
     * that is looked for only before a write, and after a moment of rest.
     *
     * @param used the connection's socket
     * @param beneath what it is, or is layered upon; null if that is not one of ours
     */
    static boolean isStale(Socket used, @Nullable MemberSocket beneath, boolean write) {
        if (beneath == null) {
            return isClosedOrUnclean(used);
        }
        if (used == beneath && beneath.isSuspicious()) {
            return true;
        }
        boolean idle = write && System.nanoTime() - beneath.usedAt > IDLE.toNanos();
        // Beneath TLS, what is there to be read may be a message of TLS's own.
        return (idle || (used != beneath && beneath.isReadable())) && isClosedOrUnclean(used);
    }

    /** Whether OkHttp was given exactly what was asked for, and not more, which would be in its buffer now. */
    public boolean isClean() {
        return followed && framing.isClean();
    }

    /** Whether something has come that has not been read. */
    public boolean isReadable() {
        try {
            return getInputStream().available() > 0;
        } catch (IOException e) {
            return true; // it is closed: what is read next says why
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
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the socket to which it forwards sees to that
    public void close() throws IOException {
        try {
            super.close();
        } finally {
            layered.remove(this);
        }
    }

    /** Closes a socket without lingering, or {@code SSLSocket.close()} blocks behind a stuck write to send close_notify. */
    public static void closeAtOnce(Socket socket) {
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

    /**
     * Whether a connection has been closed by the other side, or brought something that was not asked for. Java can't look
     * without waiting: it costs a millisecond.
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
                    closeAtOnce(MemberSocket.this); // what was asked for has all come; no exchange may follow
                }
            }
        }
    }
}
