package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import io.github.etcdproxy.registry.AttemptHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.Connection;
import okhttp3.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * The sockets and the connection of one attempt, so that another thread can abort it, and whether the attempt waits. A pooled
 * connection serves other calls afterwards, hence it is closed only while the attempt waits, under the lock. Thread safe.
 */
final class AttemptConnection {
    private final boolean write;
    private final AttemptHandle handle;

    // Guarded by this.
    private Lifecycle lifecycle = Lifecycle.IDLE;
    private List<MemberSocket> dialing = List.of();
    private @Nullable Connection connection;
    private boolean sent;

    /** Whether OkHttp repeats a request by itself. */
    private boolean repeating;

    /** Why the last wait was ended; null if it was not. Written under the lock. */
    private volatile @Nullable Abort abort;

    /** Whether something is awaited of the member. */
    private enum Lifecycle {
        WAITING,
        IDLE,
        CLOSED
    }

    /** Why an attempt was aborted. */
    private record Abort(String reason, boolean byInterrupt) {}

    /** {@code handle} is told when the attempt waits. */
    AttemptConnection(boolean write, AttemptHandle handle) {
        this.write = write;
        this.handle = handle;
    }

    /** Whether the attempt is one of a write. */
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

    /** A socket was made for the attempt. */
    synchronized void opened(MemberSocket socket) {
        if (lifecycle == Lifecycle.CLOSED) {
            return;
        }
        if (dialing.isEmpty()) {
            dialing = new ArrayList<>(1);
        }
        dialing.add(socket);
        if (abort != null) {
            MemberSocket.closeAtOnce(socket); // OkHttp repeats a read; but this attempt is over
        }
    }

    /** The socket of this attempt on which a connection was built; empty if OkHttp made it in another way. */
    synchronized Optional<MemberSocket> dialed(Connection built) {
        int port = built.socket().getLocalPort();
        return dialing.stream().filter(socket -> socket.getLocalPort() == port).findFirst();
    }

    /** The attempt has a connection, which others may share, and waits for nothing yet. What was dialed is not its own. */
    synchronized void acquired(Connection acquired) {
        connection = acquired;
        dialing = List.of();
        pause();
    }

    /** Something is about to be sent on a connection; null if OkHttp did not tell which. */
    synchronized void sending(@Nullable Connection used) {
        sent = true;
        connection = used;
        if (abort != null && used != null && used.protocol() == Protocol.HTTP_1_1) {
            MemberSocket.closeAtOnce(used.socket());
        }
    }

    /** The exchange is over; what follows on its connection is not the attempt's. */
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

    /** The same for an exchange with another server, which is not waited for. */
    synchronized void forget() {
        pause();
        abort = null;
    }

    /** OkHttp repeats a request by itself. An abort still applies, or each pooled connection would be waited for in turn. */
    synchronized void repeats() {
        repeating = true;
        resume();
    }

    /** A request has a response, or has failed and is not repeated. */
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

    /** Nothing is awaited any more. Idempotent. */
    synchronized void close() {
        pause();
        lifecycle = Lifecycle.CLOSED;
        released();
    }

    /** Closes what there is, if so many failed probes are reason enough. */
    synchronized void abort(int failedProbes, String reason) {
        boolean enough = failedProbes >= 2 || !needsCertainty();
        if (lifecycle == Lifecycle.WAITING && enough) {
            abort(new Abort(reason, false));
        }
    }

    /** Closes what there is because the thread that waits was interrupted. HTTP/2 streams notice by themselves. */
    synchronized void interrupt() {
        if (lifecycle == Lifecycle.WAITING && !isShared()) {
            abort(new Abort("interrupted", true));
        }
    }

    private void abort(Abort why) {
        abort = why;
        dialing.forEach(MemberSocket::closeAtOnce);
        if (connection != null) {
            MemberSocket.closeAtOnce(connection.socket());
        }
    }

    /** A write that was sent has no second member; an HTTP/2 connection carries others, which may be writes. */
    private boolean needsCertainty() {
        return isShared() || (sent && write);
    }

    private boolean isShared() {
        return connection != null && connection.protocol() != Protocol.HTTP_1_1;
    }
}
