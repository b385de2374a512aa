package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.attempt.ExchangeProgress.Target;
import io.github.etcdproxy.okhttp.internal.http.HopByHopHeaders;
import io.github.etcdproxy.okhttp.internal.socket.BoundedDns;
import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import io.github.etcdproxy.okhttp.internal.socket.SocketOwner;
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
 * <p>It waits for the member while OkHttp looks for a connection, from sending a request to the head of its response, and
 * while the body is read. In between, when an interceptor, an authenticator or the caller works, it is idle.
 *
 * <p>Used by the thread that works for the call, but for {@link #abort} and {@link #interrupted}, which come from any.
 */
final class Attempt implements Abortable, SocketOwner {
    private final WrappedClient client;
    private final EtcdUrl member;
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
     * Begins an attempt.
     *
     * @param outer the attempt of another proxy in the same client that led here; null if there is none
     */
    Attempt(WrappedClient client, EtcdUrl member, RequestKind kind, @Nullable Attempt outer) {
        this.client = client;
        this.member = member;
        this.outer = outer;
        this.handle = client.hangDetector().prepare(member, this);
        this.connection = new AttemptConnection(kind == RequestKind.WRITE, handle);
    }

    /** The client in which the attempt is made. */
    WrappedClient client() {
        return client;
    }

    boolean isWrite() {
        return connection.isOfWrite();
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

    /** How far it has got. */
    ExchangeProgress progress() {
        return progress;
    }

    AttemptHandle handle() {
        return handle;
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
        exchangeBegins();
    }

    void acquired(Connection acquired) {
        progress.acquired();
        if (sent != null && HopByHopHeaders.isWebSocket(sent.headers())) {
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
        stale = progress.isReused() && client.network().isStale(acquired, isWrite());
        if (stale || isRefusedRedirect()) {
            MemberSocket.closeAtOnce(acquired.socket());
        } else if (acquired.socket() instanceof MemberSocket plain) {
            plain.follow("GET");
        }
    }

    /** OkHttp is about to send another request because of a response, and will take another connection if it has to. */
    void followsUp(@Nullable Connection held) {
        if (held != null
                && held.protocol() == Protocol.HTTP_1_1
                && client.network().isStale(held, isWrite())) {
            MemberSocket.closeAtOnce(held.socket());
        }
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
    }

    void sending(@Nullable Connection used) {
        if (stale) {
            return; // nothing can be
        }
        progress.sending();
        exchangeBegins();
        connection.sending(used);
    }

    /** The head of a response has come. Its body is awaited only while it is read. */
    void answered() {
        progress.answered();
        connection.settled();
        if (progress.isAtMember()) {
            handle.heard();
        }
    }

    /** The response has been read to its end; what follows on its connection is not the attempt's. */
    void exchangeEnded() {
        progress.ended();
        connection.left();
    }

    /** The connection failed. */
    void exchangeFailed() {
        progress.broken();
        connection.left();
    }

    /** A request has failed, and OkHttp sends it again by itself or does not. */
    void retries(boolean again) {
        if (again && progress.isAtMember()) {
            connection.repeats();
        } else {
            connection.settled();
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
    @Override
    public void opened(MemberSocket socket) {
        connection.opened(socket);
    }

    /** Waits for more of the present response. */
    void awaitMember() {
        if (progress.isAtMember() && !progress.isEnded()) {
            connection.resume();
        }
    }

    /** Waits for nothing until further notice. */
    void pause() {
        connection.pause();
    }

    private void exchangeBegins() {
        if (progress.isAtMember()) {
            connection.begin();
        } else {
            connection.forget();
        }
    }

    /** Nothing will be awaited any more. Idempotent. */
    void close() {
        connection.close();
    }

    /** The exception for one that a body throws: that the member was found hung, where that is the reason. */
    IOException explain(IOException e) {
        String hung = connection.hungReason();
        return hung == null ? explainToCaller(e) : new IOException(member + " " + hung, e);
    }

    /** The exception for one that is the caller's own: that its thread was interrupted, where that is the reason. */
    IOException explainToCaller(IOException e) {
        if (e instanceof BoundedDns.AbandonedException abandoned) {
            return abandoned.asCallersOwn();
        }
        if (connection.isInterrupted() && !(e instanceof InterruptedIOException)) {
            return (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return isRefusedRedirect() ? new IOException(RedirectRule.refusal(member, progress.target()), e) : e;
    }

    /** To be called before a socket is made. */
    @Override
    public void requireFollowable() throws IOException {
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
