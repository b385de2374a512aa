package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.registry.Attempt;
import io.github.etcdproxy.registry.HungMemberWatch;
import io.github.etcdproxy.registry.OpenAttempt;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.TlsVersion;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;

/**
 * One try of one call on one member: hears from OkHttp how far it gets, judges a failure, and cuts the connection when the
 * registry finds the member hung.
 *
 * <p>The events come from the connection itself: no interceptor, and no second proxy, can hide them. They come on the call's
 * thread, those of connecting on others too, and late; {@link #cut} comes from any. An attempt may see several exchanges:
 * OkHttp repeats a read, follows a redirect, answers a challenge.
 */
final class CallAttempt extends EventListener implements Attempt {
    private final EtcdUrl member;
    private final AttemptConnection connection;
    private final OpenAttempt open;
    private final Thread thread = Thread.currentThread();

    // The call's thread alone.
    private boolean handedOver;
    private boolean lookedForConnection;
    private boolean secureConnectStarted;
    private boolean exchangeFailed;
    private boolean begun;
    private boolean answered;
    private @Nullable Request sent;

    /** How many have begun to be sent. */
    private int exchanges;

    // Written by the call's thread; connectStarted by those that connect.
    private volatile boolean acquired;
    private volatile boolean connectStarted;
    private volatile boolean reusedConnection;

    /** Whether the last handshake, which another thread may have done, was one of TLS 1.3. */
    private volatile boolean tls13;

    /** Whether OkHttp has followed a redirect to somebody else. */
    private volatile boolean elsewhere;

    /** Whether that leads from https to http. */
    private volatile boolean downgraded;

    /** Whether an interceptor has OkHttp work on another thread, so that our call's end needs not be its end. */
    private volatile boolean astray;

    /** Whether the attempt is over for good: further events are those of the next. */
    private volatile boolean finished;

    private CallAttempt(EtcdUrl member, boolean write, HungMemberWatch watch) {
        this.member = member;
        this.connection = new AttemptConnection(write);
        this.open = watch.begin(member, this);
    }

    /** Begins an attempt; from now on the registry keeps an eye on it. */
    static CallAttempt begin(Call call, EtcdUrl member, boolean write, HungMemberWatch watch) {
        CallAttempt attempt = new CallAttempt(member, write, watch);
        call.addEventListener(attempt);
        return attempt;
    }

    /** To be called when the request is given to OkHttp and to whatever interceptors stand between. */
    void handedOver(Request request) {
        handedOver = true;
        sent = request;
    }

    /** What was given to OkHttp; null if nothing was. */
    @Nullable
    Request sent() {
        return sent;
    }

    /** Whether OkHttp has followed a redirect to somebody else, of whose answers and failures the member is innocent. */
    boolean isElsewhere() {
        return elsewhere;
    }

    /** To be called when the response is the caller's: what has come may lie unread from now on, and nobody waits. */
    void handedOut() {
        end();
    }

    /** To be called when an exchange has its connection, and nothing has been sent. */
    void exchangeBegins(Connection itsConnection, HttpUrl url) {
        look(url);
        acquired = true;
        begun = false;
        connection.acquired(itsConnection);
    }

    /** To be called when the member has responded as one that serves. */
    void responded() {
        open.responded();
    }

    /** To be called when the member has said that it can't serve. */
    void unserved(String reason) {
        open.failed(reason);
    }

    /** To be called when the attempt is over for good. */
    void finish() {
        finished = true;
        BoundedDns.lookupEnds();
        connection.finish();
        open.end();
    }

    private void end() {
        connection.end();
        open.end();
    }

    /** Something is awaited of the member again: another exchange, or more of the body. */
    private void goOn() {
        if (!elsewhere && connection.goOn()) {
            open.resume();
            if (finished) {
                open.end();
            }
        }
    }

    private void noteThread() {
        if (Thread.currentThread() != thread) {
            astray = true;
        }
    }

    /** An exchange with somebody begins, if only by looking for a connection. */
    private void look(HttpUrl url) {
        lookedForConnection = true;
        noteThread();
        elsewhere = sent != null && !MemberUrls.isSameServer(url, sent.url());
        downgraded = sent != null && sent.isHttps() && !url.isHttps();
        if (elsewhere) {
            end();
        } else {
            goOn();
        }
    }

    /** Why the attempt failed, in a line for an operator. */
    String reason(IOException e) {
        String cut = connection.cutReason();
        return cut != null ? cut : Reason.of(e);
    }

    /** How far the attempt got, when it failed. Whatever is not proven to be unsent counts as sent. */
    Phase phase(IOException e) {
        if (!handedOver || (exchanges == 0 && lookedForConnection && !astray)) {
            return Phase.CONNECT;
        }
        return exchanges == 1 && (isUnread(e) || NotProcessed.says(e)) ? Phase.REFUSED : Phase.EXCHANGE;
    }

    /**
     * Whether nobody has read the request, since the handshake of TLS 1.3 was not over for the server when it was sent. Before
     * version 1.3 a handshake may come after the request as well, and an answer shows that there was somebody who read.
     */
    private boolean isUnread(IOException e) {
        boolean onNewConnection = acquired && begun && !reusedConnection;
        return onNewConnection && tls13 && !answered && NotProcessed.wasHandshake(e);
    }

    /** Whose fault it is that an attempt failed. */
    enum Fault {
        /** The caller's body, an interceptor of the application, or somebody to whom the member sent us, threw. */
        CALLERS,
        /** That of something between us and the member, which says nothing about the member. */
        NOBODYS,
        /** Perhaps nobody's: a connection that has stood for a while may die for many reasons. */
        SUSPECTED,
        /** The caller's patience ended first. */
        TIMED_OUT,
        /** The member gave no answer, nor to probes. */
        HUNG,
        /** The member's. */
        MEMBERS
    }

    /**
     * Whose fault a failure is.
     *
     * @param impatient whether the caller gives a connection less time than the options do
     */
    Fault fault(IOException e, boolean impatient) {
        if (connection.cutReason() != null) {
            return Fault.HUNG;
        }
        if (e instanceof IdleConnections.ClosedException) {
            return Fault.SUSPECTED;
        }
        if (e instanceof BoundedDns.LateException) {
            return Fault.NOBODYS;
        }
        boolean connecting = lookedForConnection && !acquired;
        boolean unusable = acquired && !begun && e instanceof SocketException;
        // The caller's own body, if it throws, brings no such event.
        boolean ofNetwork = exchangeFailed || connecting || unusable;
        boolean ofAnotherProxy = e instanceof EtcdProxyException; // behind ours, which has said all there is to say
        if (ofAnotherProxy || elsewhere || (handedOver && !ofNetwork)) {
            return Fault.CALLERS;
        }
        boolean dialing = connecting && !secureConnectStarted;
        if (e instanceof SocketTimeoutException && (impatient || !dialing)) {
            return Fault.TIMED_OUT;
        }
        return reusedConnection || astray || NotProcessed.says(e) ? Fault.SUSPECTED : Fault.MEMBERS;
    }

    /** Tells the registry whose fault it was. */
    void blame(Fault fault, String reason) {
        switch (fault) {
            case MEMBERS -> open.failed(reason);
            case SUSPECTED -> open.suspect(reason);
            case TIMED_OUT -> open.timedOut(reason);
            default -> {} // nobody's, or known already
        }
    }

    /** Whether the same member may serve the request at a second try, since on a connection that was not new it did not. */
    boolean deservesSecondTry(IOException e) {
        return reusedConnection && phase(e) != Phase.EXCHANGE;
    }

    /** Whether the member stayed silent for longer than somebody would wait. */
    boolean gotNoAnswer(IOException e) {
        return connection.cutReason() != null || (e instanceof SocketTimeoutException && exchanges > 0);
    }

    /** A response whose body counts as heard while it comes, as awaited while it is read, and, should it be cut, says why. */
    Response watching(Response response) {
        ResponseBody body = response.body();
        if (response.code() == 101 || body.contentLength() == 0) {
            return response;
        }
        Source watched = new ForwardingSource(body.source()) {
            @Override
            public long read(Buffer sink, long byteCount) throws IOException {
                goOn();
                try {
                    long read = super.read(sink, byteCount);
                    if (!elsewhere) {
                        open.heard();
                    }
                    return read;
                } catch (IOException e) {
                    String cut = connection.cutReason();
                    throw cut == null ? e : new IOException(member + " " + cut, e);
                } finally {
                    end();
                }
            }
        };
        return response.newBuilder()
                .body(new SourcedBody(body, Okio.buffer(watched)))
                .build();
    }

    @Override
    public void cut(int failedProbes, String reason) {
        connection.cut(failedProbes, reason);
    }

    /**
     * To be called before a socket is made. Redirects are kept from OkHttp where they lead from https to http, but for those
     * of a WebSocket's handshake, which passes no network interceptor.
     */
    void requireNoDowngrade() throws IOException {
        if (downgraded) {
            throw new IOException(
                    member + " redirected the call from https to http, which is not followed: let it redirect"
                            + " to https, or not at all");
        }
    }

    /** A socket was made for this attempt. */
    void opened(Socket socket) {
        connection.opened(socket);
    }

    @Override
    public void proxySelectStart(Call call, HttpUrl url) {
        if (!finished) {
            look(url);
        }
    }

    @Override
    public void dnsStart(Call call, String domainName) {
        if (!finished) {
            BoundedDns.lookupBegins(call);
        }
    }

    @Override
    public void dnsEnd(Call call, String domainName, List<InetAddress> addresses) {
        BoundedDns.lookupEnds();
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        if (finished) {
            return;
        }
        connectStarted = true;
        secureConnectStarted = false;
        if (proxy.type() != Proxy.Type.SOCKS) { // for which OkHttp makes its sockets itself
            AttemptSockets.connectBegins(this);
        }
    }

    @Override
    public void connectEnd(Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
        AttemptSockets.connectEnds();
    }

    @Override
    public void connectFailed(
            Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol, IOException e) {
        AttemptSockets.connectEnds();
    }

    @Override
    public void secureConnectStart(Call call) {
        secureConnectStarted = true;
    }

    @Override
    public void secureConnectEnd(Call call, @Nullable Handshake handshake) {
        tls13 = handshake != null && handshake.tlsVersion() == TlsVersion.TLS_1_3;
        secureConnectStarted = false;
    }

    @Override
    public void connectionAcquired(Call call, Connection itsConnection) {
        if (!finished) {
            lookedForConnection = true;
            reusedConnection = !connectStarted;
            acquired = true;
            begun = false;
            connection.acquired(itsConnection);
        }
    }

    @Override
    public void connectionReleased(Call call, Connection itsConnection) {
        if (!finished) {
            acquired = false;
            connectStarted = false;
            reusedConnection = false;
            connection.released();
        }
    }

    @Override
    public void requestHeadersStart(Call call) {
        if (!finished) {
            goOn();
            exchanges++;
            begun = true;
            noteThread();
            connection.sending();
            exchangeFailed = false;
        }
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
        answered = true;
    }

    @Override
    public void requestFailed(Call call, IOException e) {
        exchangeFailed = true;
    }

    @Override
    public void responseFailed(Call call, IOException e) {
        exchangeFailed = true;
    }

    /** Comes before the connection goes back to the pool, from where another call may take it. */
    @Override
    public void responseBodyEnd(Call call, long byteCount) {
        end();
    }

    @Override
    public void callEnd(Call call) {
        end();
    }

    @Override
    public void callFailed(Call call, IOException e) {
        end();
    }

    @Override
    public String toString() {
        return "attempt on " + member;
    }
}
