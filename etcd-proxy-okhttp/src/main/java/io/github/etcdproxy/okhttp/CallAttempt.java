package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.registry.Attempt;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.OpenAttempt;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
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
 * thread, those of connecting on others too; {@link #cut} comes from any.
 */
final class CallAttempt extends EventListener implements Attempt {
    private final EtcdUrl member;
    private final boolean write;
    private final OpenAttempt open;

    private boolean handedOver;
    private boolean secureConnectStarted;
    private boolean writingBody;
    private boolean headReceived;
    private volatile boolean lookedForConnection;
    private volatile boolean connectStarted;
    private volatile boolean startedToSend;
    private volatile boolean failureHeard;
    private volatile boolean reusedConnection;

    // Guarded by this.
    private final List<Socket> sockets = new ArrayList<>(1);
    private @Nullable Connection connection;
    private boolean over;

    private volatile boolean finished;

    /** Why the attempt was cut; null if it was not. Written under the lock. */
    private volatile @Nullable String cutReason;

    private CallAttempt(EtcdUrl member, boolean write, ClientUrlRegistry registry) {
        this.member = member;
        this.write = write;
        this.open = registry.begin(member, this);
    }

    /** Begins an attempt; from now on the registry keeps an eye on it. */
    static CallAttempt begin(Call call, EtcdUrl member, boolean write, ClientUrlRegistry registry) {
        CallAttempt attempt = new CallAttempt(member, write, registry);
        call.addEventListener(attempt);
        return attempt;
    }

    /** To be called when the request is given to OkHttp and to whatever interceptors stand between. */
    void handedOver() {
        handedOver = true;
    }

    /** To be called when the member is known to have responded. */
    void responded() {
        open.heard();
    }

    /** To be called when the attempt is over for good: OkHttp's further events are those of the next. */
    void finish() {
        finished = true;
        end();
    }

    private void end() {
        synchronized (this) {
            over = true;
            connection = null;
            sockets.clear();
        }
        open.end();
    }

    /** Why the attempt failed, in a line for an operator. */
    String reason(IOException e) {
        String cut = cutReason;
        return cut != null ? cut : Reason.of(e);
    }

    /** How far the attempt got, when it failed. Whatever is not proven to be unsent counts as sent. */
    Phase phase(IOException e) {
        if (handedOver && (startedToSend || !lookedForConnection)) {
            return NotProcessed.says(e) ? Phase.REFUSED : Phase.EXCHANGE;
        }
        return Phase.CONNECT;
    }

    /** Whose fault a failure is. */
    Fault fault(IOException e, boolean impatient) {
        boolean network = failureHeard || (lookedForConnection && !headReceived);
        if ((handedOver && !network) || (writingBody && !failureHeard)) {
            return Fault.CALLERS;
        }
        if (cutReason != null) {
            return Fault.HUNG;
        }
        boolean timedOut = e instanceof SocketTimeoutException;
        boolean dialing = !startedToSend && !secureConnectStarted;
        if (reusedConnection || NotProcessed.says(e) || (timedOut && (impatient || !dialing))) {
            return Fault.SUSPECTED;
        }
        return Fault.MEMBERS;
    }

    /** Whose fault it is that an attempt failed. */
    enum Fault {
        /** The caller's body, or an interceptor of the application, threw. */
        CALLERS,
        /** Perhaps nobody's: a pooled connection may die for many reasons, and the caller's own timeout may be short. */
        SUSPECTED,
        /** The member gave no answer, nor to probes. */
        HUNG,
        /** The member's. */
        MEMBERS
    }

    /** Whether another connection to the same member may serve where this one, which was not new, did not. */
    boolean deservesFreshConnection(IOException e) {
        return reusedConnection && phase(e) != Phase.EXCHANGE;
    }

    /** Whether the member stayed silent for longer than somebody would wait. */
    boolean gotNoAnswer(IOException e) {
        return cutReason != null || (e instanceof SocketTimeoutException && startedToSend);
    }

    /** A response whose body, should it be cut while it is read, says why. */
    Response watching(Response response) {
        synchronized (this) {
            if (over || response.code() == 101) {
                return response;
            }
        }
        ResponseBody body = response.body();
        Source watched = new ForwardingSource(body.source()) {
            @Override
            public long read(Buffer sink, long byteCount) throws IOException {
                try {
                    return super.read(sink, byteCount);
                } catch (IOException e) {
                    String cut = cutReason;
                    throw cut == null ? e : new IOException(member + " " + cut, e);
                }
            }
        };
        return response.newBuilder()
                .body(ResponseBody.create(Okio.buffer(watched), body.contentType(), body.contentLength()))
                .build();
    }

    @Override
    public void cut(int failedProbes, String reason) {
        List<Socket> toClose;
        synchronized (this) {
            if (over || (failedProbes < 2 && needsCertainty())) {
                return;
            }
            cutReason = reason;
            toClose = new ArrayList<>(sockets);
            if (connection != null) {
                toClose.add(0, connection.socket());
            }
        }
        toClose.forEach(CallAttempt::close);
    }

    /** A write can't go elsewhere once it was sent; an HTTP/2 connection carries others, which may be writes. */
    private boolean needsCertainty() {
        boolean shared = connection != null && connection.protocol() != Protocol.HTTP_1_1;
        return startedToSend && (write || shared);
    }

    /** Closes at once: without lingering, TLS would wait for its turn to say goodbye, behind a write that is stuck. */
    private static void close(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already.
        }
        try {
            socket.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }

    /** A socket was made for this attempt. */
    void opened(Socket socket) {
        boolean tooLate;
        synchronized (this) {
            tooLate = cutReason != null;
            sockets.add(socket);
        }
        if (tooLate) {
            close(socket); // OkHttp tries again for a read; but this attempt is over
        }
    }

    @Override
    public void proxySelectStart(Call call, HttpUrl url) {
        lookedForConnection = true;
    }

    @Override
    public void dnsStart(Call call, String domainName) {
        BoundedDns.lookupBegins(call);
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        if (finished) {
            return;
        }
        connectStarted = true;
        reusedConnection = false;
        failureHeard = false;
        AttemptSockets.connectBegins(this);
    }

    @Override
    public void secureConnectStart(Call call) {
        secureConnectStarted = true;
    }

    @Override
    public void secureConnectEnd(Call call, @Nullable Handshake handshake) {
        secureConnectStarted = false;
    }

    @Override
    public void connectFailed(
            Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol, IOException e) {
        failureHeard = true;
    }

    @Override
    public void connectionAcquired(Call call, Connection acquired) {
        if (finished) {
            return;
        }
        lookedForConnection = true;
        reusedConnection = !connectStarted;
        boolean tooLate;
        synchronized (this) {
            connection = acquired;
            sockets.clear();
            tooLate = cutReason != null && acquired.protocol() == Protocol.HTTP_1_1;
        }
        if (tooLate) {
            close(acquired.socket());
        }
    }

    @Override
    public void connectionReleased(Call call, Connection released) {
        connectStarted = false;
        reusedConnection = false;
        synchronized (this) {
            connection = null;
        }
    }

    @Override
    public void requestHeadersStart(Call call) {
        if (finished) {
            return;
        }
        startedToSend = true;
        failureHeard = false;
        headReceived = false;
        writingBody = false;
        synchronized (this) {
            if (!over) {
                return;
            }
            over = false; // OkHttp follows up: the member asked for credentials, say
        }
        open.resume();
    }

    @Override
    public void requestBodyStart(Call call) {
        writingBody = true;
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
        writingBody = false;
    }

    @Override
    public void requestFailed(Call call, IOException e) {
        failureHeard = true;
    }

    @Override
    public void responseHeadersStart(Call call) {
        writingBody = false;
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
        headReceived = true;
    }

    @Override
    public void responseFailed(Call call, IOException e) {
        failureHeard = true;
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
