package io.github.etcdproxy.okhttp;

import java.util.Locale;

/** The headers by which a caller proves who it is, which are for members and nobody else. Pure functions. */
final class Secrets {

    private Secrets() {}

    /** Whether a header is a credential: HTTP's own, or etcd's token, which is metadata of gRPC (api/v3rpc/rpctypes, 3.5). */
    static boolean isCredential(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("authorization") || lower.equals("token") || lower.startsWith("grpc-metadata-");
    }

    /** Whether a header is not to be shown to anybody but a member. */
    static boolean isSecret(String name) {
        return isCredential(name) || name.equalsIgnoreCase("Cookie");
    }
}
