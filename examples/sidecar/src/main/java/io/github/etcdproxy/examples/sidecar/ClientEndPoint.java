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
 * A client's connection. Jetty does not read from one while its request is being served, and would learn that the
 * client has gone when it writes, which a long poll may not do for days; so what comes is read at once, by the
 * selector's thread, and kept for Jetty. It also spares the selector to be told twice a request what to wait for.
 * Thread safe.
 */
final class ClientEndPoint extends SocketChannelEndPoint {
    /** How much is kept; then no more is read, and who sends more before it has its response is taken for gone. */
    private static final int MOST_AHEAD = 32 * 1024;

    private final Executor executor;
    private final ByteBuffer scratch;
    private final boolean served;

    /** The selector's thread's. */
    private SelectionKey key;

    /** What came and was not asked for yet. */
    private @Nullable ByteBuffer ahead; // guarded by this

    private boolean reading; // guarded by this
    private boolean ended; // guarded by this

    /** The request has been read to its end. */
    private boolean waiting; // guarded by this

    private boolean slow; // guarded by this

    /** Whether a request's head is here, and its response not complete. */
    private boolean serving; // guarded by this

    /** When the first byte of a request's head came; 0 before. */
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

    /** That on which a request came. */
    static ClientEndPoint of(Request request) {
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        while (endPoint instanceof EndPoint.Wrapper wrapper) {
            endPoint = wrapper.unwrap();
        }
        return (ClientEndPoint) endPoint;
    }

    /** Whether there was room for it when it came. */
    boolean isServed() {
        return served;
    }

    /** A request's head is here; false if it came too slowly, and the client has been told so. */
    synchronized boolean beginServing() {
        serving = true;
        return !slow;
    }

    /** The request has been read to its end: from now on there is nothing to be read until its response is complete. */
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
     * Whether the client has gone, or has at least ended its side, or was closed here, while it waits for a response.
     */
    synchronized boolean isGone() {
        return waiting && (ended || isFull() || !isOpen());
    }

    /** Closes it, and says so where that is possible, if a request's head has been coming for too long. */
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

    /** Closes it if it stands without a request, nor the beginning of one. */
    void closeIfIdle() {
        synchronized (this) {
            if (serving || headSince != 0 || ahead != null) {
                return;
            }
        }
        close();
    }

    /**
     * Too long nothing has passed: the client's fault if it owes a request, the rest of one, or to take what is due.
     */
    @Override
    protected void onIdleExpired(TimeoutException timeout) {
        boolean owes;
        synchronized (this) {
            owes = !serving;
        }
        // Jetty, if told, would also fail a write that begins at this moment: the first event of a watch that was
        // silent.
        if (owes || getFillInterest().isInterested() || getWriteFlusher().isPending()) {
            super.onIdleExpired(timeout);
        }
    }

    @Override
    public void replaceKey(SelectionKey newKey) {
        super.replaceKey(newKey);
        key = newKey;
    }

    /** Something has come, or there is room for what is to be written. */
    @Override
    public @Nullable Runnable onSelected() {
        if (!key.isReadable()) {
            return super.onSelected();
        }
        synchronized (this) {
            readAhead();
            reading = !ended && !isFull();
            if (!reading || key.isWritable()) {
                Runnable task = super.onSelected(); // which ends to wait for either
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
