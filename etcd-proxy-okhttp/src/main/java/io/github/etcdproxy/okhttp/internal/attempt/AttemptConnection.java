package io.github.etcdproxy.okhttp.internal.attempt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import io.github.etcdproxy.registry.AttemptHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.Connection;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * The sockets and connection of one attempt, so that another thread can abort it, and whether the attempt waits.
 * Ownership ends with the exchange: a pooled connection may then serve another call, so it is closed only under the
 * lock and while the attempt waits. Thread safe.
 */
final class AttemptConnection {
    private final boolean write;
    private final AttemptHandle handle;

    @GuardedBy("this")
    private Lifecycle lifecycle = Lifecycle.IDLE;

    @GuardedBy("this")
    private List<MemberSocket> dialing = List.of();

    @GuardedBy("this")
    private @Nullable Connection connection;

    @GuardedBy("this")
    private boolean sent;

    /** Whether OkHttp is retrying a request. */
    @GuardedBy("this")
    private boolean repeating;

    /** Why the last wait was aborted; null if it was not. Written under the lock. */
    private volatile @Nullable Abort abort;

    /** Whether the attempt waits for the member. */
    private enum Lifecycle {
        WAITING,
        IDLE,
        CLOSED
    }

    /** Why an attempt was aborted. */
    private record Abort(String reason, boolean byInterrupt) {}

    /** {@code handle} is notified when the attempt starts or stops waiting. */
    AttemptConnection(boolean write, AttemptHandle handle) {
        this.write = write;
        this.handle = handle;
    }

    /** Whether the request is a write. */
    boolean isOfWrite() {
        return write;
    }

    /** Why the attempt was aborted because its member is hung; null if it was not. */
    @Nullable
    String hungReason() {
        Abort aborted = abort;
        return aborted == null || aborted.byInterrupt() ? null : aborted.reason();
    }

    boolean isInterrupted() {
        Abort aborted = abort;
        return aborted != null && aborted.byInterrupt();
    }

    /** A socket was created for the attempt. */
    synchronized void opened(MemberSocket socket) {
        if (lifecycle == Lifecycle.CLOSED) {
            return;
        }
        if (dialing.isEmpty()) {
            dialing = new ArrayList<>(1);
        }
        dialing.add(socket);
        if (abort != null) {
            MemberSocket.closeAtOnce(socket); // OkHttp retries a read, but this attempt has ended
        }
    }

    /** The socket of this attempt beneath a connection; empty if OkHttp created it in another way. */
    synchronized Optional<MemberSocket> dialed(Connection built) {
        int port = built.socket().getLocalPort();
        return dialing.stream().filter(socket -> socket.getLocalPort() == port).findFirst();
    }

    /**
     * The attempt has a connection, which others may share, and does not wait yet. It no longer owns the sockets that
     * it dialed.
     */
    synchronized void acquired(Connection acquired) {
        connection = acquired;
        dialing = List.of();
        pause();
    }

    /** A request is about to be sent on a connection; null if OkHttp did not report which. */
    synchronized void sending(@Nullable Connection used) {
        sent = true;
        connection = used;
        if (abort != null && used != null && used.protocol() == Protocol.HTTP_1_1) {
            MemberSocket.closeAtOnce(used.socket());
        }
    }

    /** The exchange has ended; the connection no longer belongs to this attempt. */
    synchronized void left() {
        released();
        pause();
    }

    synchronized void released() {
        connection = null;
        dialing = List.of();
    }

    /** The attempt waits in a new exchange, to which an earlier abort does not apply. */
    synchronized void begin() {
        if (!repeating) {
            abort = null;
        }
        resume();
    }

    /** An exchange with another server begins; the attempt does not wait for it. */
    synchronized void forget() {
        pause();
        abort = null;
    }

    /**
     * OkHttp retries a request. An earlier abort still applies; otherwise each pooled connection would be waited for in
     * turn.
     */
    synchronized void repeats() {
        repeating = true;
        resume();
    }

    /** A request has a response, or has failed and is not retried. */
    synchronized void settled() {
        repeating = false;
        pause();
    }

    /** The attempt waits. */
    synchronized void resume() {
        if (lifecycle == Lifecycle.IDLE) {
            lifecycle = Lifecycle.WAITING;
            handle.resume();
        }
    }

    /** The attempt does not wait for now. */
    synchronized void pause() {
        if (lifecycle == Lifecycle.WAITING) {
            lifecycle = Lifecycle.IDLE;
            handle.end();
        }
    }

    /** Ends the wait for good. Idempotent. */
    synchronized void close() {
        pause();
        lifecycle = Lifecycle.CLOSED;
        released();
    }

    /** Closes the connection if enough probes have failed. */
    synchronized void abort(int failedProbes, String reason) {
        boolean enough = failedProbes >= 2 || !needsCertainty();
        if (lifecycle == Lifecycle.WAITING && enough) {
            abort(new Abort(reason, false));
        }
    }

    /**
     * Closes the connection because the waiting thread was interrupted. HTTP/2 streams notice an interrupt themselves.
     */
    synchronized void interrupt() {
        if (lifecycle == Lifecycle.WAITING && !isShared()) {
            abort(new Abort("interrupted", true));
        }
    }

    @GuardedBy("this")
    private void abort(Abort why) {
        abort = why;
        dialing.forEach(MemberSocket::closeAtOnce);
        if (connection != null) {
            MemberSocket.closeAtOnce(connection.socket());
        }
    }

    /** A sent write can't go to a second member, and an HTTP/2 connection may carry other calls' writes. */
    @GuardedBy("this")
    private boolean needsCertainty() {
        return isShared() || (sent && write);
    }

    @GuardedBy("this")
    private boolean isShared() {
        return connection != null && connection.protocol() != Protocol.HTTP_1_1;
    }
}
