package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * The web pages that may read responses (server/embed/serve.go, {@code addCORSHeader}, etcd 3.5). Each header is sent
 * once, while etcd's proxy sends the member's beside its own. Immutable.
 *
 * @param origins such as {@code http://example.com:80}, or {@code *} for all, which is etcd's default
 */
record Cors(Set<String> origins) {

    /**
     * Reads the flag.
     *
     * @throws IllegalArgumentException if an origin is malformed; the message shows it and says what to write
     */
    static Cors of(String flag) {
        List<String> origins = Stream.of((flag.isEmpty() ? "*" : flag).split(",", -1))
                .map(String::strip)
                .toList();
        if (!origins.contains("*")) {
            EtcdUrl.parseList("cors", origins.toArray(String[]::new));
        }
        return new Cors(Set.copyOf(origins));
    }

    /** Called after the member's headers have been set. */
    void addTo(HttpFields.Mutable headers, @Nullable String origin) {
        if (origins.contains("*")) {
            allow(headers, "*");
            return;
        }
        headers.add("Vary", "Origin");
        headers.remove("Access-Control-Allow-Methods"); // the member's, which may allow all
        headers.remove("Access-Control-Allow-Origin");
        headers.remove("Access-Control-Allow-Headers");
        if (origin != null && origins.contains(origin)) {
            allow(headers, origin);
        }
    }

    private static void allow(HttpFields.Mutable headers, String origin) {
        headers.put("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE");
        headers.put("Access-Control-Allow-Origin", origin);
        headers.put("Access-Control-Allow-Headers", "accept, content-type, authorization");
    }
}
