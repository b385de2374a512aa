package io.github.etcdproxy.okhttp.internal.redirect;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.http.HopByHopHeaders;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * The server of an exchange, and whether it may be there. A network interceptor ({@link FollowUpRules}) hides redirects
 * from OkHttp that would send credentials to another server. A WebSocket's handshake bypasses network interceptors, so
 * it may go only to its member.
 */
public enum ExchangeTarget {
    /** The attempt's member. */
    MEMBER,
    /** Another server, to which the member redirected the call. */
    REDIRECTED,
    /** Another server, to which the member redirected the call from https to http. */
    DOWNGRADED,
    /** Another proxy in the same client has taken the call over. */
    OTHER_PROXY;

    /**
     * The target of an exchange.
     *
     * @param sent the request at the member's URL; null if none was given to OkHttp
     * @param server any URL of the server
     */
    public static ExchangeTarget of(@Nullable Request sent, HttpUrl server) {
        if (sent == null || HostRewriter.isSameServer(server, sent.url())) {
            return MEMBER;
        }
        return sent.isHttps() && !server.isHttps() ? DOWNGRADED : REDIRECTED;
    }

    /** Whether an exchange with this target must not be sent. */
    public boolean isRefusedFor(@Nullable Request sent) {
        return (this == REDIRECTED || this == DOWNGRADED)
                && sent != null
                && HopByHopHeaders.isWebSocket(sent.headers());
    }

    /** Why it must not, on one line. */
    public String refusal(EtcdUrl member) {
        return member + " redirected the call "
                + (this == DOWNGRADED ? "from https to http" : "to another server")
                + ", which is not followed, since a WebSocket's handshake carries the caller's credentials";
    }
}
