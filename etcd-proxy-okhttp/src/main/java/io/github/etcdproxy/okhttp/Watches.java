package io.github.etcdproxy.okhttp;

import java.util.Set;
import okhttp3.HttpUrl;

/** Tells the requests whose responses come when something happens. Pure functions. */
final class Watches {
    private static final Set<String> V3_STREAMS = Set.of("watch", "observe", "keepalive", "lock", "campaign");

    private Watches() {}

    /** Whether the response may stay away, or silent, for as long as nothing happens. */
    static boolean isWatch(String method, HttpUrl url) {
        if (isKeys(url)) {
            return isOn(url, "wait") || isOn(url, "stream");
        }
        String path = url.encodedPath();
        return method.equals("POST")
                && path.startsWith("/v3")
                && V3_STREAMS.contains(path.substring(path.lastIndexOf('/') + 1));
    }

    /** Whether the request is for keys of the v2 API. */
    static boolean isKeys(HttpUrl url) {
        String path = url.encodedPath();
        return path.equals("/v2/keys") || path.startsWith("/v2/keys/");
    }

    /** Whether etcd takes a parameter for true, or for something that it will complain of. */
    private static boolean isOn(HttpUrl url, String parameter) {
        return url.queryParameterNames().contains(parameter) && !"false".equals(url.queryParameter(parameter));
    }
}
