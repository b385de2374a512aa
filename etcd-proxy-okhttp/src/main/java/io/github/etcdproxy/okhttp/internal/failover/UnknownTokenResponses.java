package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.okhttp.internal.http.CredentialHeaders;
import java.io.IOException;
import okhttp3.Headers;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes responses by which a member reports that it does not know the request's token. Simple tokens, etcd's
 * default, live in the memory of each member, so one that has restarted refuses a token that others accept. etcd checks
 * the token before it processes anything.
 *
 * <p>In the v3 gateway this is a 401 with gRPC's code 16, Unauthenticated; in gRPC a response of headers only. A
 * snapshot has code 2, Unknown (server/etcdserver/api/v3rpc/maintenance.go, etcd 3.5; seen on 3.4.23). A missing token
 * and a wrong password are other errors.
 */
public final class UnknownTokenResponses {
    private static final int UNKNOWN = 2;
    private static final int UNAUTHENTICATED = 16;
    private static final String TEXT = ": invalid auth token";

    private UnknownTokenResponses() {}

    /** The member's message if it does not know the token; null otherwise. The body can still be read afterwards. */
    public static @Nullable String reason(Response response) throws IOException {
        String grpcStatus = response.header("grpc-status");
        if (grpcStatus == null && !mayBe(response)) {
            return null;
        }
        if (!hasToken(response)) {
            return null;
        }
        String message;
        if (grpcStatus != null) {
            message = isCode(grpcStatus) ? response.header("grpc-message", "") : "";
        } else {
            EtcdError error = EtcdError.of(response);
            message = error != null && error.hasGrpcCode(UnknownTokenResponses::isCode) ? error.text() : "";
        }
        return isText(message) ? ErrorText.line(message) : null;
    }

    /** Whether a text of etcd, such as the {@code cancel_reason} of a watch, says that the token is unknown. */
    public static boolean isText(String text) {
        return text.endsWith(TEXT);
    }

    private static boolean mayBe(Response response) {
        String path = response.request().url().encodedPath();
        return path.startsWith("/v3")
                && (response.code() == 401 || (response.code() == 500 && path.endsWith("/maintenance/snapshot")));
    }

    private static boolean isCode(String grpcStatus) {
        return grpcStatus.equals(Integer.toString(UNAUTHENTICATED)) || grpcStatus.equals(Integer.toString(UNKNOWN));
    }

    private static boolean isCode(long grpcCode) {
        return grpcCode == UNAUTHENTICATED || grpcCode == UNKNOWN;
    }

    /** Whether the request has a token: the caller's, or one that a later interceptor or an authenticator added. */
    private static boolean hasToken(Response response) {
        Response network = response.networkResponse();
        return hasToken(response.request()) || (network != null && hasToken(network.request()));
    }

    private static boolean hasToken(Request request) {
        Headers headers = request.headers();
        return headers.names().stream().anyMatch(CredentialHeaders::isCredential)
                || headers.get("Sec-WebSocket-Protocol") != null;
    }
}
