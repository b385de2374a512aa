package io.github.etcdproxy.examples.sidecar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection. Jetty does not read from one while its request is being served, and would learn that the client has
 * gone when it writes, which a long poll may not do for days; so this can {@linkplain #isGone look ahead}. What it reads
 * meanwhile, of a request that was sent too early, is kept for Jetty. Thread safe.
 */
final class ClientEndPoint extends SocketChannelEndPoint {
    /** How much of requests that come too early is kept; who sends more is taken for gone. */
    private static final int MOST_AHEAD = 64 * 1024;

    private final Executor executor;
    private final boolean served;
    private final Consumer<ClientEndPoint> onClose;

    private @Nullable ByteBuffer ahead; // guarded by this
    private boolean waiting; // guarded by this

    /** Whether a request's head is here, and its response not complete. */
    private volatile boolean serving;

    /** When the first byte of a request's head came; 0 before. */
    private volatile long headSince;

    ClientEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            Executor executor,
            boolean served,
            Consumer<ClientEndPoint> onClose) {
        super(channel, selector, key, scheduler);
        this.executor = executor;
        this.served = served;
        this.onClose = onClose;
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

    /** A request's head is here. */
    void beginServing() {
        serving = true;
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
    }

    /** Whether a request's head has been coming for too long. */
    boolean isSlow(long now, long mostNanos) {
        long since = headSince;
        return !serving && since != 0 && now - since > mostNanos;
    }

    /** Says so, where that is possible, and closes. */
    void closeAsSlow(ByteBuffer answer) {
        if (!(getConnection() instanceof SslConnection)) {
            try {
                int unused = getChannel().write(answer);
            } catch (IOException e) {
                // It is closed in any case.
            }
        }
        close();
    }

    /**
     * Whether the client has gone, or has at least ended its side, while it waits for a response.
     *
     * @param scratch for what is read
     */
    boolean isGone(ByteBuffer scratch) {
        boolean read = false;
        boolean wanted;
        synchronized (this) {
            if (!waiting) {
                return false;
            }
            try {
                int count = getChannel().read(scratch.clear());
                while (count > 0) {
                    read = true;
                    keep(scratch.flip());
                    if (ahead != null && ahead.remaining() > MOST_AHEAD) {
                        return true;
                    }
                    count = getChannel().read(scratch.clear());
                }
                if (count < 0) {
                    return true;
                }
            } catch (IOException e) {
                return true;
            }
            wanted = getFillInterest().isInterested();
        }
        if (read && wanted) {
            tellReader();
        }
        return false;
    }

    private void keep(ByteBuffer read) {
        ByteBuffer before = ahead == null ? BufferUtil.EMPTY_BUFFER : ahead;
        ahead = ByteBuffer.allocate(before.remaining() + read.remaining())
                .put(before)
                .put(read)
                .flip();
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        int filled;
        synchronized (this) {
            filled = ahead == null ? super.fill(buffer) : takeAhead(ahead, buffer);
        }
        if (filled > 0 && !serving && headSince == 0) {
            headSince = System.nanoTime();
        }
        return filled;
    }

    private int takeAhead(ByteBuffer kept, ByteBuffer buffer) {
        int position = BufferUtil.flipToFill(buffer);
        int taken = BufferUtil.put(kept, buffer);
        BufferUtil.flipToFlush(buffer, position);
        if (!kept.hasRemaining()) {
            ahead = null;
        }
        return taken;
    }

    @Override
    protected void needsFillInterest() {
        boolean here;
        synchronized (this) {
            here = ahead != null;
        }
        if (here) {
            tellReader(); // the selector would not
        } else {
            super.needsFillInterest();
        }
    }

    private void tellReader() {
        executor.execute(() -> getFillInterest().fillable());
    }

    @Override
    public void onClose(@Nullable Throwable failure) {
        super.onClose(failure);
        onClose.accept(this);
    }
}
