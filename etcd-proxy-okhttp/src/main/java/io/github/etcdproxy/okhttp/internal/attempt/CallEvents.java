package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.dns.BoundedDns;
import io.github.etcdproxy.okhttp.internal.socket.MemberSockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.List;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import org.jspecify.annotations.Nullable;

/**
 * Dispatches OkHttp's events of one call to the attempts that they concern. A call may pass interceptors several times,
 * and several proxies, but OkHttp carries out one exchange of it at a time. So the events of an exchange belong to the
 * innermost attempt that is in OkHttp, and the end of a body to the attempt that sent the request.
 *
 * <p>There is one for each call, registered as its listener and, so that network interceptors find it, as a tag of the
 * call, which survives rebuilt requests. Events arrive on the call's thread; those of connecting also on others.
 */
final class CallEvents extends EventListener {

    /** The innermost attempt that is in OkHttp, or whose response is being inspected. */
    private volatile @Nullable Attempt current;

    /** The attempt that sent the last request. Its response may already be with the caller, its body still open. */
    private volatile @Nullable Attempt sender;

    /** The connection that the call holds, including between two exchanges. */
    private volatile @Nullable Connection held;

    private CallEvents() {}

    /** Returns the events of a call, to which it listens from now on. */
    static CallEvents of(Call call) {
        CallEvents known = call.tag(CallEvents.class);
        if (known != null) {
            return known;
        }
        CallEvents events = call.tag(CallEvents.class, CallEvents::new);
        call.addEventListener(events);
        return events;
    }

    /** Returns the events of a call; null if no proxy has forwarded it so far. */
    static @Nullable CallEvents known(Call call) {
        return call.tag(CallEvents.class);
    }

    /** The attempt that is in OkHttp now; null if there is none. */
    @Nullable
    Attempt current() {
        return current;
    }

    /**
     * An attempt begins. If there is one already, it belongs to another proxy in the same client, which this attempt
     * serves.
     */
    void begin(Attempt attempt) {
        Attempt outer = attempt.outer();
        if (outer != null) {
            outer.takenOver();
        }
        current = attempt;
    }

    /** An attempt has ended: it failed, or its response is not tracked. */
    void end(Attempt attempt) {
        current = attempt.outer();
        attempt.close();
    }

    /** The response of an attempt is passed to the caller; its body may not have been read yet. */
    void passOn(Attempt attempt) {
        current = attempt.outer();
        attempt.pause();
    }

    /** An exchange uses this connection, which the call may have held before we listened to it. */
    void exchangeIsOn(Connection connection) {
        held = connection;
    }

    @Override
    public void proxySelectStart(Call call, HttpUrl url) {
        Attempt attempt = current;
        if (attempt != null) {
            attempt.searching(url);
        }
    }

    @Override
    public void proxySelectEnd(Call call, HttpUrl url, List<Proxy> proxies) {
        Attempt attempt = current;
        if (attempt != null) {
            attempt.through(proxies);
        }
    }

    @Override
    public void dnsStart(Call call, String domainName) {
        BoundedDns.lookupBegins(current == null ? null : call);
    }

    @Override
    public void dnsEnd(Call call, String domainName, List<InetAddress> addresses) {
        BoundedDns.lookupEnds();
    }

    @Override
    public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        Attempt attempt = current;
        // OkHttp creates the sockets for SOCKS proxies itself.
        MemberSockets.connectBegins(proxy.type() == Proxy.Type.SOCKS ? null : attempt);
    }

    @Override
    public void connectEnd(Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol) {
        MemberSockets.connectEnds();
        Attempt attempt = current;
        if (attempt != null) {
            attempt.progress().connected();
        }
    }

    @Override
    public void connectFailed(
            Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol, IOException e) {
        MemberSockets.connectEnds();
    }

    @Override
    public void secureConnectStart(Call call) {
        Attempt attempt = current;
        if (attempt != null) {
            attempt.progress().secureConnectStart();
        }
    }

    @Override
    public void secureConnectEnd(Call call, @Nullable Handshake handshake) {
        Attempt attempt = current;
        if (attempt != null) {
            attempt.progress().secureConnectEnd(handshake != null && handshake.tlsVersion() == TlsVersion.TLS_1_3);
        }
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
        held = connection;
        Attempt attempt = current;
        if (attempt != null) {
            attempt.acquired(connection);
        }
    }

    @Override
    public void connectionReleased(Call call, Connection connection) {
        held = null;
        Attempt attempt = current;
        if (attempt != null) {
            attempt.released();
        }
    }

    @Override
    public void requestHeadersStart(Call call) {
        Attempt attempt = current;
        sender = attempt;
        if (attempt != null) {
            attempt.sending(held);
        }
    }

    @Override
    public void responseHeadersEnd(Call call, Response response) {
        Attempt attempt = current;
        if (attempt != null) {
            attempt.answered();
        }
    }

    @Override
    public void requestFailed(Call call, IOException e) {
        Attempt attempt = sender;
        if (attempt != null) {
            attempt.progress().broken();
        }
    }

    @Override
    public void responseFailed(Call call, IOException e) {
        Attempt attempt = sender;
        if (attempt != null) {
            attempt.exchangeFailed();
        }
    }

    @Override
    public void retryDecision(Call call, IOException e, boolean retry) {
        Attempt attempt = current;
        if (attempt != null) {
            attempt.retries(retry);
        }
    }

    @Override
    public void followUpDecision(Call call, Response networkResponse, @Nullable Request nextRequest) {
        Attempt attempt = current;
        if (attempt != null && nextRequest != null) {
            attempt.followsUp(held);
        }
    }

    /** Called before the connection returns to the pool, from where another call may take it. */
    @Override
    public void responseBodyEnd(Call call, long byteCount) {
        Attempt attempt = sender;
        if (attempt != null) {
            attempt.exchangeEnded();
        }
    }
}
