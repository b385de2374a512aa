package io.github.etcdproxy.internal.readonly;

import io.github.etcdproxy.mode.ProxyMode;

/** Which requests a proxy forwards in its mode. Pure functions. */
public final class ReadOnlyPolicy {

    private ReadOnlyPolicy() {}

    /**
     * Whether a request may be forwarded.
     *
     * @param mode the proxy's mode
     * @param method the request's HTTP method
     * @param kind what the request does
     * @param strict whether GET alone is a read, as in etcd's own proxy
     * @return false for writes when read-only
     */
    public static boolean permits(ProxyMode mode, String method, RequestKind kind, boolean strict) {
        return mode != ProxyMode.READONLY || (kind == RequestKind.READ && (!strict || method.equals("GET")));
    }
}
