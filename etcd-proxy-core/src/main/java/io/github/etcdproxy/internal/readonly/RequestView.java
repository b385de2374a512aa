package io.github.etcdproxy.internal.readonly;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What of a request tells whether it can change what etcd stores.
 *
 * @param method the HTTP method; methods are case-sensitive
 * @param path the path as it is sent, with its percent-encoding: one that is spelled in any other way than etcd's own is no
 *     known read
 * @param hasBody whether it has a body
 * @param disguised whether its headers may make something else of it on the way: {@code Upgrade}, since what passes over
 *     the upgraded connection is out of sight and through etcd's gateway can be a write, or one that overrides the method
 * @param grpc whether its content type is that of gRPC, {@code application/grpc}
 * @param body its body, asked for only where that decides; empty if it can't be looked at, is compressed, or is longer than a
 *     request that etcd would take
 */
public record RequestView(
        String method, String path, boolean hasBody, boolean disguised, boolean grpc, Supplier<Optional<byte[]>> body) {

    /**
     * A request without a body.
     *
     * @param method the HTTP method
     * @param path the path as it is sent
     * @return an undisguised request
     */
    public static RequestView of(String method, String path) {
        return new RequestView(method, path, false, false, false, Optional::empty);
    }
}
