package io.github.etcdproxy.okhttp;

import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Query parameters as etcd's v2 API reads them (server/etcdserver/api/v2http/client.go, etcd 3.5). Pure functions. */
final class EtcdParameters {
    /** What Go takes for true. */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");

    private EtcdParameters() {}

    /** The first value of a parameter, which is the one that counts; null if it is not given. */
    static @Nullable String first(HttpUrl url, String name) {
        return url.queryParameter(name);
    }

    static boolean isTrue(HttpUrl url, String name) {
        String value = first(url, name);
        return value != null && TRUE.contains(value);
    }
}
