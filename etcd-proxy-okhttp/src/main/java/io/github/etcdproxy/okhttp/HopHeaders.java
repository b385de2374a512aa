package io.github.etcdproxy.okhttp;

import java.util.Set;
import java.util.TreeSet;
import okhttp3.Headers;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Headers that are meant for the next hop only, which a proxy does not pass on (RFC 9110, section 7.6.1; removed by
 * server/proxy/httpproxy/reverse.go, etcd 3.5). Pure functions.
 */
final class HopHeaders {
    private static final Set<String> NAMES = caseless(
            "Connection",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Authorization",
            "Proxy-Connection",
            "TE",
            "Trailers",
            "Transfer-Encoding",
            "Upgrade");

    private HopHeaders() {}

    private static Set<String> caseless(String... names) {
        Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        set.addAll(Set.of(names));
        return set;
    }

    /**
     * The headers with which a request is forwarded. An upgrade to WebSocket stays one, since OkHttp speaks it with the member;
     * so does {@code TE: trailers}, without which there is no gRPC.
     */
    static Headers forwarded(Request request, Via via) {
        Headers headers = request.headers();
        Headers.Builder forwarded = has(headers) ? without(headers, isWebSocket(headers)) : headers.newBuilder();
        via.addTo(forwarded);
        return forwarded.build();
    }

    /** A member's response without them. */
    static Response forwarded(Response response) {
        Headers headers = response.headers();
        if (response.code() == 101 || !has(headers)) {
            return response;
        }
        return response.newBuilder().headers(without(headers, false).build()).build();
    }

    private static boolean has(Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (NAMES.contains(headers.name(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWebSocket(Headers headers) {
        return "websocket".equalsIgnoreCase(headers.get("Upgrade")) && headers.get("Sec-WebSocket-Key") != null;
    }

    private static Headers.Builder without(Headers headers, boolean webSocket) {
        Set<String> named = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : headers.values("Connection")) {
            for (String name : line.split(",", -1)) {
                named.add(name.strip());
            }
        }
        Headers.Builder rest = new Headers.Builder();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            String value = headers.value(i);
            boolean ofHop = NAMES.contains(name)
                    || (named.contains(name) && !name.equalsIgnoreCase(Via.NAME)); // which must not be talked away
            boolean kept = (name.equalsIgnoreCase("TE") && value.equalsIgnoreCase("trailers"))
                    || (webSocket && (name.equalsIgnoreCase("Upgrade") || name.equalsIgnoreCase("Connection")));
            // No network interceptor runs for a WebSocket, so that a redirect would take it to anybody.
            boolean ofWebSocket = webSocket && name.equalsIgnoreCase("Cookie");
            if ((!ofHop || kept) && !ofWebSocket) {
                rest.addUnsafeNonAscii(name, value);
            }
        }
        return rest;
    }
}
