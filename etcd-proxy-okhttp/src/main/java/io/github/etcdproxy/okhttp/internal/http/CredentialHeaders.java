package io.github.etcdproxy.okhttp.internal.http;

import java.util.Locale;

/** The headers that authenticate a caller and are sent to members only. Pure functions. */
public final class CredentialHeaders {

    private CredentialHeaders() {}

    /**
     * Whether a header is a credential: HTTP's own, or etcd's token, which is metadata of gRPC (api/v3rpc/rpctypes,
     * 3.5).
     */
    public static boolean isCredential(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("authorization") || lower.equals("token") || lower.startsWith("grpc-metadata-");
    }

    /**
     * Whether headers of a name are sent to members only. In a WebSocket's handshake a token is sent as {@code
     * Sec-WebSocket-Protocol: Bearer, …}, since browsers can set no other (tmc/grpc-websocket-proxy, which etcd's
     * gateway uses).
     */
    public static boolean areSecret(String name) {
        return isCredential(name) || name.equalsIgnoreCase("Cookie") || name.equalsIgnoreCase("Sec-WebSocket-Protocol");
    }
}
