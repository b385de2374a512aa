package io.github.etcdproxy.okhttp.internal.http;

import java.util.List;
import okhttp3.Headers;

/**
 * Hop-by-hop headers, which a proxy does not forward (RFC 9110, section 7.6.1; removed by
 * server/proxy/httpproxy/reverse.go, etcd 3.5). Pure functions.
 */
public final class HopByHopHeaders {

    private HopByHopHeaders() {}

    public static boolean isWebSocket(Headers headers) {
        return "websocket".equalsIgnoreCase(headers.get("Upgrade")) && headers.get("Sec-WebSocket-Key") != null;
    }

    /** Whether any header is hop-by-hop. */
    public static boolean areIn(Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (isOfHop(headers.name(i))) {
                return true;
            }
        }
        return false;
    }

    /** Compares lengths first, since this runs for each header of each call. */
    private static boolean isOfHop(String name) {
        return switch (name.length()) {
            case 2 -> name.equalsIgnoreCase("TE");
            case 7 -> name.equalsIgnoreCase("Upgrade");
            case 8 -> name.equalsIgnoreCase("Trailers");
            case 10 -> name.equalsIgnoreCase("Connection") || name.equalsIgnoreCase("Keep-Alive");
            case 16 -> name.equalsIgnoreCase("Proxy-Connection");
            case 17 -> name.equalsIgnoreCase("Transfer-Encoding");
            case 18 -> name.equalsIgnoreCase("Proxy-Authenticate");
            case 19 -> name.equalsIgnoreCase("Proxy-Authorization");
            default -> false;
        };
    }

    /**
     * Removes hop-by-hop headers, except an upgrade to WebSocket, which OkHttp performs with the member, and {@code TE:
     * trailers}, which gRPC requires.
     */
    public static Headers removedFrom(Headers headers) {
        boolean webSocket = isWebSocket(headers);
        List<String> connection = headers.values("Connection");
        Headers.Builder rest = new Headers.Builder();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            String value = headers.value(i);
            // "Connection: Via" must not remove the loop marker.
            boolean ofHop = isOfHop(name) || (isNamedIn(connection, name) && !name.equalsIgnoreCase(ViaHeader.NAME));
            boolean kept = (name.equalsIgnoreCase("TE") && value.equalsIgnoreCase("trailers"))
                    || (webSocket && (name.equalsIgnoreCase("Upgrade") || name.equalsIgnoreCase("Connection")));
            if (!ofHop || kept) {
                rest.addUnsafeNonAscii(name, value);
            }
        }
        return rest.build();
    }

    private static boolean isNamedIn(List<String> connection, String name) {
        for (String line : connection) {
            for (String named : line.split(",", -1)) {
                if (named.strip().equalsIgnoreCase(name)) {
                    return true;
                }
            }
        }
        return false;
    }
}
