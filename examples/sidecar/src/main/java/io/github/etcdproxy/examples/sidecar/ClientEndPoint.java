package io.github.etcdproxy.examples.sidecar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection. Jetty does not read from it while a request is being served, so it would notice that the
 * client has disconnected only when it writes, which may take days for a long poll. Instead the selector's thread reads
 * incoming data at once and keeps it for Jetty. That also saves registering interest with the selector twice per
 * request. Thread safe.
 */
final class ClientEndPoint extends SocketChannelEndPoint {
    /** How much is kept. A client that sends more before it has its response counts as disconnected. */
    private static final int MOST_AHEAD = 32 * 1024;

    private final Executor executor;
    private final ByteBuffer scratch;
    private final boolean served;

    /** Confined to the selector's thread. */
    private SelectionKey key;

    /** Data that was received and not read by Jetty yet. */
    private @Nullable ByteBuffer ahead; // guarded by this

    private boolean reading; // guarded by this
    private boolean ended; // guarded by this

    /** The request has been read to its end. */
    private boolean waiting; // guarded by this

    private boolean slow; // guarded by this

    /** Whether a request's headers have arrived and its response is not complete. */
    private boolean serving; // guarded by this

    /** When the first byte of a request's headers arrived; 0 before. */
    private long headSince; // guarded by this

    /**
     * Creates one.
     *
     * @param scratch of the selector
     * @param served whether there is room for it
     */
    ClientEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            Executor executor,
            ByteBuffer scratch,
            boolean served) {
        super(channel, selector, key, scheduler);
        this.key = key;
        this.executor = executor;
        this.scratch = scratch;
        this.served = served;
    }

    /** The connection of a request. */
    static ClientEndPoint of(Request request) {
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        while (endPoint instanceof EndPoint.Wrapper wrapper) {
            endPoint = wrapper.unwrap();
        }
        return (ClientEndPoint) endPoint;
    }

    /** Whether the connection was within the limit when it was accepted. */
    boolean isServed() {
        return served;
    }

    /** A request's headers have arrived; false if they came too slowly and the client has been sent a refusal. */
    synchronized boolean beginServing() {
        serving = true;
        return !slow;
    }

    /** The request has been read to its end: no more is expected until its response is complete. */
    synchronized void awaitResponse() {
        waiting = true;
    }

    /** The response is complete. */
    synchronized void endServing() {
        waiting = false;
        serving = false;
        headSince = 0;
        noteBeginOfHead();
    }

    /**
     * Whether the client has disconnected or half-closed the connection, or we closed it, while a response is pending.
     */
    synchronized boolean isGone() {
        return waiting && (ended || isFull() || !isOpen());
    }

    /** Closes the connection if a request's headers have been incomplete for too long; sends a refusal if possible. */
    void closeIfSlow(long now, long mostNanos, ByteBuffer answer) {
        synchronized (this) {
            slow |= !serving && headSince != 0 && now - headSince > mostNanos;
            if (!slow) {
                return;
            }
        }
        if (!(getConnection() instanceof SslConnection)) {
            try {
                int unused = getChannel().write(answer);
            } catch (IOException e) {
                // It is closed in any case.
            }
        }
        close();
    }

    /** Closes the connection if it has no request, not even the beginning of one. */
    void closeIfIdle() {
        synchronized (this) {
            if (serving || headSince != 0 || ahead != null) {
                return;
            }
        }
        close();
    }

    /**
     * The connection has been idle for too long. It is closed if the client owes a request or the rest of one, or does
     * not read.
     */
    @Override
    protected void onIdleExpired(TimeoutException timeout) {
        boolean owes;
        synchronized (this) {
            owes = !serving;
        }
        // Passing this to Jetty would also fail a write that begins now: the first event of a silent watch.
        if (owes || getFillInterest().isInterested() || getWriteFlusher().isPending()) {
            super.onIdleExpired(timeout);
        }
    }

    @Override
    public void replaceKey(SelectionKey newKey) {
        super.replaceKey(newKey);
        key = newKey;
    }

    /** Data has arrived, or there is room to write. */
    @Override
    public @Nullable Runnable onSelected() {
        if (!key.isReadable()) {
            return super.onSelected();
        }
        synchronized (this) {
            readAhead();
            reading = !ended && !isFull();
            if (!reading || key.isWritable()) {
                Runnable task = super.onSelected(); // which clears the interest in both
                if (reading) {
                    super.needsFillInterest();
                }
                return task;
            }
        }
        return getFillInterest().isInterested() ? this::tellReader : null;
    }

    private void readAhead() {
        try {
            int count = getChannel().read(scratch.clear());
            ended = count < 0;
            if (count > 0) {
                notIdle();
                keep(scratch.flip());
            }
        } catch (IOException e) {
            ended = true;
        }
    }

    private void keep(ByteBuffer read) {
        ByteBuffer before = ahead == null ? BufferUtil.EMPTY_BUFFER : ahead;
        ahead = ByteBuffer.allocate(before.remaining() + read.remaining())
                .put(before.duplicate())
                .put(read)
                .flip();
        noteBeginOfHead();
    }

    private void noteBeginOfHead() {
        if (!serving && headSince == 0 && ahead != null && !isBlank(ahead)) {
            headSince = System.nanoTime();
        }
    }

    /** Whether there are line ends only, which may stand before a request (RFC 9112, section 2.2). */
    private static boolean isBlank(ByteBuffer bytes) {
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            if (bytes.get(i) != '\r' && bytes.get(i) != '\n') {
                return false;
            }
        }
        return true;
    }

    private boolean isFull() {
        return ahead != null && ahead.remaining() >= MOST_AHEAD;
    }

    @Override
    public int fill(ByteBuffer buffer) {
        synchronized (this) {
            if (ahead != null) {
                return takeAhead(ahead, buffer);
            }
            if (!ended && isOpen()) {
                return 0;
            }
        }
        shutdownInput();
        return -1;
    }

    private int takeAhead(ByteBuffer kept, ByteBuffer buffer) {
        int position = BufferUtil.flipToFill(buffer);
        int taken = BufferUtil.put(kept, buffer);
        BufferUtil.flipToFlush(buffer, position);
        if (!kept.hasRemaining()) {
            ahead = null;
        }
        goOnReading();
        return taken;
    }

    private void goOnReading() {
        if (!reading && !ended && !isFull()) {
            reading = true;
            super.needsFillInterest();
        }
    }

    @Override
    protected void needsFillInterest() {
        synchronized (this) {
            if (ahead == null && !ended && isOpen()) {
                goOnReading();
                return;
            }
        }
        executor.execute(this::tellReader); // the selector would not
    }

    private void tellReader() {
        getFillInterest().fillable();
    }
}
