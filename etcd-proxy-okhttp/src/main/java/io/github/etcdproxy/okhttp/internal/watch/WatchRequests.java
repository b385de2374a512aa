package io.github.etcdproxy.okhttp.internal.watch;

import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;

/** Recognizes watches: requests whose responses wait for events. Pure functions. */
public final class WatchRequests {
    private static final String KEYS = "/v2/keys";
    private static final Set<String> V3_STREAMS = Set.of("watch", "observe", "keepalive", "lock", "campaign");
    private static final Set<String> V3_WATCHES = Set.of("/v3/watch", "/v3beta/watch", "/v3alpha/watch");
    private static final Set<String> GRPC_STREAMS = Set.of(
            "/etcdserverpb.Watch/Watch",
            "/etcdserverpb.Lease/LeaseKeepAlive",
            "/v3electionpb.Election/Observe",
            "/v3electionpb.Election/Campaign",
            "/v3lockpb.Lock/Lock",
            "/grpc.health.v1.Health/Watch");

    /** The values that Go parses as true (server/etcdserver/api/v2http/client.go, etcd 3.5). */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");

    private WatchRequests() {}

    /** Whether the response may take any time, or be silent, until an event. */
    public static boolean isWatch(String method, HttpUrl url) {
        if (method.equals("GET")) {
            return isTrue(url, "wait") && isKeys(url);
        }
        if (!method.equals("POST")) {
            return false;
        }
        String path = url.encodedPath();
        return GRPC_STREAMS.contains(path)
                || (path.startsWith("/v3") && V3_STREAMS.contains(path.substring(path.lastIndexOf('/') + 1)));
    }

    /** Whether it is a watch whose responses have positions, so that another member can resume it. */
    public static boolean isResumable(Request request) {
        HttpUrl url = request.url();
        return isWatch(request.method(), url) && (isKeys(url) || V3_WATCHES.contains(url.encodedPath()));
    }

    /** Whether etcd parses a parameter as true; its first value counts. */
    public static boolean isTrue(HttpUrl url, String parameter) {
        String value = url.queryParameter(parameter);
        return value != null && TRUE.contains(value);
    }

    /** Whether the request is for keys of the v2 API. */
    public static boolean isKeys(HttpUrl url) {
        String text = url.toString(); // avoids creating a string for the path
        int start = text.indexOf('/', url.scheme().length() + "://".length());
        int end = start + KEYS.length();
        return text.startsWith(KEYS, start)
                && (end == text.length()
                        || text.charAt(end) == '/'
                        || text.charAt(end) == '?'
                        || text.charAt(end) == '#');
    }
}
