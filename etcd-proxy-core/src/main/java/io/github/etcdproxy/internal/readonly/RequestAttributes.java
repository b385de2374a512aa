package io.github.etcdproxy.internal.readonly;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * The parts of a request that determine whether it can change what etcd stores.
 *
 * @param method the HTTP method; methods are case-sensitive
 * @param path the percent-encoded path as it is sent; a path spelled differently from etcd's is not a known read
 * @param hasBody whether it has a body
 * @param disguised whether a header could turn it into another request: {@code Upgrade}, since etcd's gateway accepts
 *     writes on the upgraded connection, which can't be inspected, or a header that overrides the method
 * @param grpc whether its content type is {@code application/grpc}
 * @param body its body, read only if the kind depends on it; empty if it can't be read, is compressed, or exceeds
 *     etcd's request limit
 */
public record RequestAttributes(
        String method, String path, boolean hasBody, boolean disguised, boolean grpc, Supplier<Optional<byte[]>> body) {

    /**
     * A request without a body.
     *
     * @param method the HTTP method
     * @param path the path as it is sent
     * @return an undisguised request
     */
    public static RequestAttributes of(String method, String path) {
        return new RequestAttributes(method, path, false, false, false, Optional::empty);
    }
}
