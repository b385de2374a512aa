package io.github.etcdproxy.okhttp.internal.call;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.HttpUrl;
import okhttp3.Interceptor.Chain;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports calls that are not forwarded although they seem to be meant for a listen client URL: those with its host but
 * another port, scheme or trailing dot, and those that reach its host by an interceptor behind the proxy. Each is
 * reported once. On this machine, other ports have other servers, so that such a call is reported only if it fails.
 *
 * <p>Does not change the calls, except for the message of an {@link UnknownHostException}. Thread safe.
 */
final class NearMisses {
    private static final Logger log = LoggerFactory.getLogger(NearMisses.class);

    /** More than an application has by mistake; further ones are not reported. */
    private static final int MOST_REPORTED = 64;

    private static final Set<String> LOCAL = Set.of("localhost", "localhost.", "::1", "::", "0.0.0.0");

    private final ListenUrls listenUrls;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    NearMisses(ListenUrls listenUrls) {
        this.listenUrls = listenUrls;
    }

    ListenUrls listenUrls() {
        return listenUrls;
    }

    /** Proceeds with a call that is not for a listen client URL. */
    Response proceed(Chain chain) throws IOException {
        HttpUrl called = chain.request().url();
        HttpUrl near = listenUrls.nearestTo(called);
        boolean usual = near != null && near.port() != called.port() && isThisMachine(near.host());
        if (near != null && !usual) {
            report(called, near);
        }
        try {
            return chain.proceed(chain.request());
        } catch (UnknownHostException e) {
            throw near == null ? explained(e) : withHint(e, hint(called, near));
        } catch (IOException e) {
            if (near != null && usual) {
                report(called, near);
            }
            throw e;
        }
    }

    private void report(HttpUrl called, HttpUrl near) {
        String url = withoutPath(called);
        if (isFirst(url)) {
            log.warn("A call to {} is not forwarded: {}", url, hint(called, near));
        }
    }

    private boolean isFirst(String url) {
        return reported.size() < MOST_REPORTED && reported.add(url);
    }

    private static String hint(HttpUrl called, HttpUrl near) {
        return "the listen client URL is " + withoutPath(near) + ": call that, or add " + withoutPath(called)
                + " to listenClientUrls";
    }

    /** The call had another URL when it passed the proxy. */
    private UnknownHostException explained(UnknownHostException e) {
        HttpUrl named = listenUrls.namedBy(String.valueOf(e.getMessage()));
        if (named == null) {
            return e;
        }
        String hint = "this is the host of the listen client URL " + withoutPath(named)
                + ", which an interceptor has set behind the proxy: add that interceptor before the client is wrapped";
        if (isFirst("behind " + named)) {
            log.warn("A call to {} is not forwarded: {}", named.host(), hint);
        }
        return withHint(e, hint);
    }

    private static UnknownHostException withHint(UnknownHostException e, String hint) {
        if (e.getClass() != UnknownHostException.class) {
            return e; // the caller may expect its type
        }
        UnknownHostException hinted = new UnknownHostException(e.getMessage() + " (" + hint + ")");
        hinted.initCause(e);
        return hinted;
    }

    private static boolean isThisMachine(String host) {
        return LOCAL.contains(host) || host.endsWith(".localhost") || host.startsWith("127.");
    }

    /** Scheme, host and port: a path may carry what is not for logs. */
    private static String withoutPath(HttpUrl url) {
        String host = url.host().contains(":") ? "[" + url.host() + "]" : url.host();
        return url.scheme() + "://" + host + ":" + url.port();
    }
}
