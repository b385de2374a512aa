package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.dns.BoundedDns;
import io.github.etcdproxy.okhttp.internal.http.HopByHopHeaders;
import io.github.etcdproxy.okhttp.internal.redirect.ExchangeTarget;
import io.github.etcdproxy.okhttp.internal.socket.DialListener;
import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import io.github.etcdproxy.registry.AttemptHandle;
import io.github.etcdproxy.registry.WaitingAttempt;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Proxy;
import java.util.List;
import okhttp3.Connection;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * An attempt of a call on one member: its progress, its connection and its handle in the registry. It receives only its
 * own events, from {@link CallEvents}, and is closed when its response has been read or abandoned.
 *
 * <p>It waits for the member while OkHttp looks for a connection, from sending a request to the head of its response,
 * and while the body is read. It is idle while an interceptor, an authenticator or the caller works.
 *
 * <p>Confined to the call's thread, except {@link #abort} and {@link #interrupted}, which any thread may call.
 */
final class Attempt implements WaitingAttempt, DialListener {
    private final WrappedClient client;
    private final EtcdUrl member;
    private final @Nullable Attempt outer;
    private final ExchangeProgress progress = new ExchangeProgress();
    private final AttemptConnection connection;
    private final AttemptHandle handle;

    private @Nullable Request sent;

    /** Whether we closed the connection before anything was sent on it. */
    private boolean stale;

    /** The HTTP and SOCKS proxies chosen for the last new connection. */
    private List<Proxy> proxies = List.of();

    /** Whether the current response has been received completely, so that reading it does not block. */
    private boolean whole;

    /** The headers of the last response that were withheld from OkHttp. */
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

    /** The request given to OkHttp; null if none was. */
    @Nullable
    Request sent() {
        return sent;
    }

    /** The progress of this attempt. */
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

    /** The request is passed to OkHttp and the interceptors before it. */
    void given(Request toMember) {
        sent = toMember;
        progress.given();
    }

    /** Another proxy in the same client forwards the call from here: the call waits for its members, not ours. */
    void takenOver() {
        progress.aim(ExchangeTarget.OTHER_PROXY);
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
        progress.searching(ExchangeTarget.of(sent, server));
        exchangeBegins();
    }

    /** OkHttp looks for a connection through these proxies. */
    void through(List<Proxy> chosen) {
        proxies = chosen;
    }

    List<Proxy> proxies() {
        return proxies;
    }

    boolean isToHttps() {
        return member.scheme().equals("https");
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

    /** Network interceptors don't see a WebSocket's handshake, so its target and connection are checked here. */
    private void checkWebSocket(Connection acquired) {
        progress.aim(ExchangeTarget.of(sent, acquired.route().address().url()));
        stale = progress.isReused() && client.network().isStale(acquired, isWrite());
        if (stale || isRefusedRedirect()) {
            MemberSocket.closeAtOnce(acquired.socket());
        } else if (acquired.socket() instanceof MemberSocket plain) {
            plain.follow("GET");
        }
    }

    /** OkHttp is about to send a follow-up request, for which it can use another connection. */
    void followsUp(@Nullable Connection held) {
        if (held != null
                && held.protocol() == Protocol.HTTP_1_1
                && client.network().isStale(held, isWrite())) {
            MemberSocket.closeAtOnce(held.socket());
        }
    }

    /** Whether we closed the connection before anything was sent on it. */
    boolean isStale() {
        return stale;
    }

    void released() {
        progress.released();
        connection.released();
    }

    /** An exchange has its connection; nothing has been sent yet. */
    void starting(HttpUrl server) {
        whole = false;
        progress.starting(ExchangeTarget.of(sent, server));
    }

    void sending(@Nullable Connection used) {
        if (stale) {
            return; // nothing can be sent
        }
        progress.sending();
        exchangeBegins();
        connection.sending(used);
    }

    /** The response's headers have arrived. The attempt waits for the body only while it is read. */
    void answered() {
        progress.answered();
        connection.settled();
        if (progress.isAtMember()) {
            handle.heard();
        }
    }

    /** The response has been read to its end; the connection no longer belongs to this attempt. */
    void exchangeEnded() {
        progress.ended();
        connection.left();
    }

    /** The connection failed. */
    void exchangeFailed() {
        progress.broken();
        connection.left();
    }

    /** A request has failed; {@code again} says whether OkHttp retries it. */
    void retries(boolean again) {
        if (again && progress.isAtMember()) {
            connection.repeats();
        } else {
            connection.settled();
        }
    }

    /** The current response has been received completely. */
    void wholeReceived() {
        whole = true;
    }

    boolean isWhole() {
        return whole;
    }

    /** A socket was created for this attempt. */
    @Override
    public void opened(MemberSocket socket) {
        connection.opened(socket);
    }

    /** The attempt waits for more of the current response. */
    void awaitMember() {
        if (progress.isAtMember() && !progress.isEnded()) {
            connection.resume();
        }
    }

    /** The attempt stops waiting. */
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

    /** Ends the attempt. Idempotent. */
    void close() {
        connection.close();
    }

    /** Maps an exception of a body: if the member was found hung, that is the reason. */
    IOException explain(IOException e) {
        String hung = connection.hungReason();
        return hung == null ? explainToCaller(e) : new IOException(member + " " + hung, e);
    }

    /** Maps an exception that the caller caused: if its thread was interrupted, that is the reason. */
    IOException explainToCaller(IOException e) {
        if (e instanceof BoundedDns.AbandonedException abandoned) {
            return abandoned.asCallersOwn();
        }
        if (connection.isInterrupted() && !(e instanceof InterruptedIOException)) {
            return (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return isRefusedRedirect() ? new IOException(progress.target().refusal(member), e) : e;
    }

    /** Called before a socket is created. */
    @Override
    public void requireFollowable() throws IOException {
        if (isRefusedRedirect()) {
            throw new IOException(progress.target().refusal(member));
        }
    }

    private boolean isRefusedRedirect() {
        return progress.target().isRefusedFor(sent);
    }

    @Override
    public void abort(int failedProbes, String reason) {
        connection.abort(failedProbes, reason);
    }

    @Override
    public void interrupted() {
        if (handle.isInterrupted()) { // this may be another wait by now
            connection.interrupt();
        }
    }

    @Override
    public String toString() {
        return "attempt on " + member;
    }
}
