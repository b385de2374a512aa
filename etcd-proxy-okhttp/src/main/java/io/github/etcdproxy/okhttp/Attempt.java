package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.ExchangeProgress.Target;
import io.github.etcdproxy.registry.Abortable;
import io.github.etcdproxy.registry.AttemptHandle;
import java.io.IOException;
import java.io.InterruptedIOException;
import okhttp3.Connection;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * One try of one call on one member: joins how far it has got, its connection, and its handle in the registry. It hears only
 * its own events, from {@link CallEvents}, and is closed when its response has been read or given up.
 *
 * <p>Used by the thread that works for the call, but for {@link #abort} and {@link #interrupted}, which come from any.
 */
final class Attempt implements Abortable {
    private final WrappedClient client;
    private final EtcdUrl member;
    private final RequestKind kind;
    private final @Nullable Attempt outer;
    private final ExchangeProgress progress = new ExchangeProgress();
    private final AttemptConnection connection;
    private final AttemptHandle handle;

    private @Nullable Request sent;

    /** Whether the connection was closed from here before anything was sent on it. */
    private boolean stale;

    /** Whether all of the present response has come, so that reading it waits for nothing. */
    private boolean whole;

    /** What was withheld from OkHttp of the last response. */
    private Headers withheld = Headers.EMPTY;

    /**
     * Begins an attempt. It waits for the member, which is probed if it is silent, once OkHttp turns to that.
     *
     * @param outer the attempt of another proxy in the same client that led here; null if there is none
     */
    Attempt(WrappedClient client, EtcdUrl member, RequestKind kind, @Nullable Attempt outer) {
        this.client = client;
        this.member = member;
        this.kind = kind;
        this.outer = outer;
        this.connection = new AttemptConnection(kind == RequestKind.WRITE);
        this.handle = client.watch().prepare(member, this);
    }

    /** The client in which the attempt is made. */
    WrappedClient client() {
        return client;
    }

    boolean isWrite() {
        return kind == RequestKind.WRITE;
    }

    @Nullable
    Attempt outer() {
        return outer;
    }

    /** What was given to OkHttp; null if nothing was. */
    @Nullable
    Request sent() {
        return sent;
    }

    ExchangeProgress.View progress() {
        return progress.view();
    }

    AttemptHandle handle() {
        return handle;
    }

    /** Whether the response is the member's own, and not that of a server to which it redirected, or of another proxy. */
    boolean isAtMember() {
        return progress.isAtMember();
    }

    boolean isReused() {
        return progress.isReused();
    }

    /** Why the attempt was aborted because its member is hung; null if it was not. */
    @Nullable
    String hungReason() {
        return connection.hungReason();
    }

    /** The request is given to OkHttp, and to the interceptors between. */
    void given(Request toMember) {
        sent = toMember;
        progress.given();
    }

    /** Another proxy in the same client forwards the call from here: its members are awaited, not ours. */
    void takenOver() {
        progress.aim(Target.OTHER_PROXY);
        pause();
    }

    void withhold(Headers headers) {
        withheld = headers;
    }

    Headers withheld() {
        return withheld;
    }

    // The events.

    void searching(HttpUrl server) {
        progress.searching(RedirectRule.targetOf(sent, server));
        awaitMember();
    }

    void secureConnectStart() {
        progress.secureConnectStart();
    }

    void secureConnectEnd(boolean tls13) {
        progress.secureConnectEnd(tls13);
    }

    void connected() {
        progress.connected();
    }

    void acquired(Connection acquired) {
        progress.acquired();
        if (sent != null && HopHeaders.isWebSocket(sent.headers())) {
            checkWebSocket(acquired);
        }
        if (!progress.isReused() && acquired.handshake() != null) {
            connection.dialed(acquired).ifPresent(dialed -> client.network().layer(acquired, dialed));
        }
        connection.acquired(acquired);
    }

    /** No network interceptor sees where a WebSocket's handshake goes, and on what connection. */
    private void checkWebSocket(Connection acquired) {
        progress.aim(RedirectRule.targetOf(sent, acquired.route().address().url()));
        if (isRefusedRedirect()) {
            MemberSocket.closeAtOnce(acquired.socket());
        } else if (progress.isReused() && isStale(acquired)) {
            stale = true;
            MemberSocket.closeAtOnce(acquired.socket());
        }
    }

    /** OkHttp is about to send another request because of a response, and will take another connection if it has to. */
    void followsUp(@Nullable Connection held) {
        if (held != null && held.protocol() == Protocol.HTTP_1_1 && isStale(held)) {
            MemberSocket.closeAtOnce(held.socket());
        }
    }

    private boolean isStale(Connection used) {
        return MemberSocket.isStale(used.socket(), client.network().socketOf(used), isWrite());
    }

    /** Whether the connection was closed from here before anything was sent on it. */
    boolean isStale() {
        return stale;
    }

    void released() {
        progress.released();
        connection.released();
    }

    /** An exchange has its connection, and nothing has been sent. */
    void starting(HttpUrl server) {
        whole = false;
        progress.starting(RedirectRule.targetOf(sent, server));
        awaitMember();
    }

    void sending(@Nullable Connection used) {
        if (stale) {
            return; // nothing can be
        }
        progress.sending();
        awaitMember();
        connection.sending(used);
    }

    void answered() {
        progress.answered();
    }

    void broken() {
        progress.broken();
    }

    /** The response has been read to its end, or its connection failed; what follows on it is not the attempt's. */
    void exchangeEnded() {
        progress.ended();
        if (connection.exchangeEnded()) {
            handle.end();
        }
    }

    /** The same, by a failure. */
    void exchangeFailed() {
        progress.broken();
        if (connection.exchangeEnded()) {
            handle.end();
        }
    }

    /** The response is the caller's: nothing is awaited until its body is read, or ever, if that has come. */
    void passedOn() {
        if (progress.isEnded()) {
            close();
        } else {
            pause();
        }
    }

    /** All of the present response has come. */
    void wholeReceived() {
        whole = true;
    }

    boolean isWhole() {
        return whole;
    }

    /** A socket was made for this attempt. */
    void opened(MemberSocket socket) {
        connection.opened(socket);
    }

    /** Something is awaited of the member again: another exchange, or more of the body. */
    void awaitMember() {
        if (!progress.isAtMember()) {
            pause();
        } else if (!progress.isEnded() && connection.resume()) {
            handle.resume();
            if (connection.isClosed()) {
                handle.end();
            }
        }
    }

    /** Nothing is awaited for now. */
    void pause() {
        if (connection.pause()) {
            handle.end();
        }
    }

    /** Nothing will be awaited any more. Idempotent. */
    void close() {
        if (connection.close()) {
            handle.end();
        }
    }

    /** Something has come from the member. */
    void heard() {
        if (progress.isAtMember()) {
            handle.heard();
        }
    }

    /** The exception for one that a body throws: that the member was found hung, where that is the reason. */
    IOException explain(IOException e) {
        String hung = connection.hungReason();
        return hung == null ? explainToCaller(e) : new IOException(member + " " + hung, e);
    }

    /** The exception for one that is the caller's own: that its thread was interrupted, where that is the reason. */
    IOException explainToCaller(IOException e) {
        if (connection.isInterrupted() && !(e instanceof InterruptedIOException)) {
            return (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return isRefusedRedirect() ? new IOException(RedirectRule.refusal(member, progress.target()), e) : e;
    }

    /** To be called before a socket is made. */
    void requireFollowable() throws IOException {
        if (isRefusedRedirect()) {
            throw new IOException(RedirectRule.refusal(member, progress.target()));
        }
    }

    private boolean isRefusedRedirect() {
        return RedirectRule.isRefused(sent, progress.target());
    }

    @Override
    public void abort(int failedProbes, String reason) {
        connection.abort(failedProbes, reason);
    }

    @Override
    public void interrupted() {
        if (handle.isInterrupted()) { // the wait may have ended since, and another one begun
            connection.interrupt();
        }
    }

    @Override
    public String toString() {
        return "attempt on " + member;
    }
}
