package io.github.etcdproxy.okhttp.internal.redirect;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.http.HopByHopHeaders;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * Decides where an exchange goes and whether it is permitted. A network interceptor ({@link FollowUpRules}) hides
 * redirects from OkHttp that would send credentials to another server. A WebSocket's handshake bypasses network
 * interceptors, so it may go only to its member. Pure functions.
 */
public final class ExchangeTarget {

    private ExchangeTarget() {}

    /** The server of an exchange. */
    public enum Target {
        /** The attempt's member. */
        MEMBER,
        /** Another server, to which the member redirected the call. */
        REDIRECTED,
        /** Another server, to which the member redirected the call from https to http. */
        DOWNGRADED,
        /** Another proxy in the same client has taken the call over. */
        OTHER_PROXY
    }

    /**
     * The target of an exchange.
     *
     * @param sent the request at the member's URL; null if none was given to OkHttp
     * @param server any URL of the server
     */
    public static Target targetOf(@Nullable Request sent, HttpUrl server) {
        if (sent == null || HostRewriter.isSameServer(server, sent.url())) {
            return Target.MEMBER;
        }
        return sent.isHttps() && !server.isHttps() ? Target.DOWNGRADED : Target.REDIRECTED;
    }

    /** Whether an exchange must not be sent. */
    public static boolean isRefused(@Nullable Request sent, Target target) {
        return (target == Target.REDIRECTED || target == Target.DOWNGRADED)
                && sent != null
                && HopByHopHeaders.isWebSocket(sent.headers());
    }

    /** Why it must not, on one line. */
    public static String refusal(EtcdUrl member, Target target) {
        return member + " redirected the call "
                + (target == Target.DOWNGRADED ? "from https to http" : "to another server")
                + ", which is not followed, since a WebSocket's handshake carries the caller's credentials";
    }
}
