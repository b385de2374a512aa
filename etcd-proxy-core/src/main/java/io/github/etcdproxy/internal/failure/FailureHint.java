package io.github.etcdproxy.internal.failure;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Guesses from a failure, and from what was to be reached, which mistake in the configuration leads to it. It matches
 * what etcd 3.4 and 3.5 answer and what JDK 17, JDK 25 and OkHttp 5.5 say about it. Pure functions.
 */
public final class FailureHint {
    private static final String IS_IT_HTTPS = "is its URL https?";
    private static final String IS_IT_HTTP = "is its URL http?";
    private static final String SERVES_GRPC =
            "does it serve gRPC only? advertise its HTTP URL, or map it by clientUrlRule";
    private static final String OF_PEER_CLIENT =
            "peers are reached with the client given to peerClient(…), not with the wrapped client";

    /** How a Go server responds to an HTTP request at a port with TLS; etcd itself closes the connection. */
    private static final String GO_WANTS_TLS = "Client sent an HTTP request to an HTTPS server";

    /** How an HTTP/2 connection begins: a SETTINGS or GOAWAY frame of stream 0, in hexadecimal or as it is. */
    private static final Pattern HTTP2_FRAME =
            Pattern.compile("content=0000[0-9a-f]{2}0[47][0-9a-f]{2}00000000|status line: \\x00\\x00.[\\x04\\x07]");

    private FailureHint() {}

    /** A kind of server. */
    public enum Server {
        /** A peer port, asked for the members. */
        PEER_PORT,
        /** A client port, asked for the members. */
        CLIENT_PORT,
        /** A member's client URL, to which calls are forwarded. */
        MEMBER
    }

    /**
     * Says which mistake may have led to an exchange without a response.
     *
     * @param failure the exception of an exchange on a new connection
     * @param server the kind of server that was to be reached
     * @param https whether its URL is an https URL
     * @return a question or a remedy to put behind the reason; empty if the failure is not typical of a mistake
     */
    public static Optional<String> of(Throwable failure, Server server, boolean https) {
        return Optional.ofNullable(https ? overTls(failure, server) : overPlainTcp(failure, server));
    }

    private static @Nullable String overTls(Throwable failure, Server server) {
        if (server != Server.MEMBER && TlsFailure.isOfCertificate(failure)) {
            return OF_PEER_CLIENT;
        }
        if (isRefusedProtocol(failure)) {
            return server == Server.MEMBER ? SERVES_GRPC : null;
        }
        boolean explained = TlsFailure.explain(failure).isPresent();
        return !explained && isInHandshake(failure) && isCut(failure) ? IS_IT_HTTP : null;
    }

    private static @Nullable String overPlainTcp(Throwable failure, Server server) {
        if (isHttp2(failure)) {
            return server == Server.MEMBER ? SERVES_GRPC : "does it serve gRPC only?";
        }
        if (!isCut(failure)) {
            return null;
        }
        return server == Server.MEMBER ? IS_IT_HTTPS + " or " + SERVES_GRPC : IS_IT_HTTPS;
    }

    /**
     * Says which mistake may have led to an unusable response.
     *
     * @param status the status, other than 200
     * @param body the start of the body
     * @param server the kind of server that was asked
     * @return a question to put behind the reason; empty if the response is not typical of a mistake
     */
    public static Optional<String> of(int status, String body, Server server) {
        if (status == 400 && body.contains(GO_WANTS_TLS)) {
            return Optional.of(IS_IT_HTTPS);
        }
        if (status != 404) {
            return Optional.empty();
        }
        return switch (server) {
            case PEER_PORT ->
                Optional.of("is this a client port? initial-cluster wants peer ports (2380);"
                        + " PeerDiscovery.clientEndpoints takes client ports (2379)");
            case CLIENT_PORT ->
                Optional.of("is this a peer port? PeerDiscovery.clientEndpoints takes client ports"
                        + " (2379); initial-cluster wants peer ports (2380)");
            case MEMBER -> Optional.empty();
        };
    }

    private static boolean isCut(Throwable failure) {
        return CauseChain.find(failure, FailureHint::isEnd).isPresent();
    }

    private static boolean isEnd(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return failure instanceof EOFException
                || (failure instanceof SocketException && message.contains("Connection reset"))
                || (failure instanceof SocketException && message.contains("Broken pipe"))
                || (failure instanceof IOException && message.startsWith("unexpected end of stream"));
    }

    private static boolean isInHandshake(Throwable failure) {
        return CauseChain.find(failure, SSLException.class).isPresent();
    }

    private static boolean isRefusedProtocol(Throwable failure) {
        return CauseChain.find(failure, SSLHandshakeException.class)
                .filter(tls -> String.valueOf(tls.getMessage()).contains("no_application_protocol"))
                .isPresent();
    }

    private static boolean isHttp2(Throwable failure) {
        return CauseChain.find(
                        failure,
                        e -> HTTP2_FRAME.matcher(String.valueOf(e.getMessage())).find())
                .isPresent();
    }
}
