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
import okhttp3.Request;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Source;
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
        progress.searching(targetOf(server));
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
        if (isWebSocket()) {
            aimWebSocket(acquired);
        }
        if (!progress.isReused() && acquired.handshake() != null) {
            connection.dialed(acquired).ifPresent(dialed -> client.network().layer(acquired, dialed));
        }
    }

    /** No network interceptor tells where a WebSocket's handshake goes, only its connection. */
    private void aimWebSocket(Connection acquired) {
        progress.aim(targetOf(acquired.route().address().url()));
        if (isRefusedRedirect()) {
            MemberSocket.closeAtOnce(acquired.socket());
        }
    }

    private Target targetOf(HttpUrl server) {
        Request given = sent;
        if (given == null || MemberUrls.isSameServer(server, given.url())) {
            return Target.MEMBER;
        }
        return given.isHttps() && !server.isHttps() ? Target.DOWNGRADED : Target.REDIRECTED;
    }

    void released() {
        progress.released();
        connection.released();
    }

    /** An exchange has its connection, and nothing has been sent. */
    void starting(HttpUrl server) {
        whole = false;
        progress.starting(targetOf(server));
        awaitMember();
    }

    void sending(@Nullable Connection used) {
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
    private void awaitMember() {
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

    /** A body that counts as heard while it comes, and as awaited while it is read. */
    Source awaited(ResponseBody body) {
        return new ForwardingSource(body.source()) {
            @Override
            public long read(Buffer sink, long byteCount) throws IOException {
                awaitMember();
                try {
                    long read = super.read(sink, byteCount);
                    if (progress.isAtMember()) {
                        handle.heard();
                    }
                    return read;
                } catch (IOException e) {
                    throw explain(e);
                } finally {
                    pause();
                }
            }
        };
    }

    /** The exception for one that a body throws: that the member was found hung, where that is the reason. */
    private IOException explain(IOException e) {
        String hung = connection.hungReason();
        return hung == null ? explainToCaller(e) : new IOException(member + " " + hung, e);
    }

    /** The exception for one that is the caller's own: that its thread was interrupted, where that is the reason. */
    IOException explainToCaller(IOException e) {
        if (connection.isInterrupted() && !(e instanceof InterruptedIOException)) {
            return (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return isRefusedRedirect() ? new IOException(redirectRefused(), e) : e;
    }

    /**
     * To be called before a socket is made. A redirect that would show credentials to another server is kept from OkHttp by a
     * network interceptor, which a WebSocket's handshake does not pass; so it may connect to its member only.
     */
    void requireFollowable() throws IOException {
        if (isRefusedRedirect()) {
            throw new IOException(redirectRefused());
        }
    }

    private boolean isRefusedRedirect() {
        Target target = progress.target();
        return isWebSocket() && (target == Target.REDIRECTED || target == Target.DOWNGRADED);
    }

    private boolean isWebSocket() {
        Request given = sent;
        return given != null && HopHeaders.isWebSocket(given.headers());
    }

    private String redirectRefused() {
        return member + " redirected the call "
                + (progress.target() == Target.DOWNGRADED ? "from https to http" : "to another server")
                + ", which is not followed, since a WebSocket's handshake shows the caller's credentials";
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
