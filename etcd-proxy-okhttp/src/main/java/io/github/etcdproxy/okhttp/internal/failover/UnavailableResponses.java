package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.json.JsonValue;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import okhttp3.MediaType;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes responses by which a member reports that it can't serve now, though another may: it has no leader, is
 * stopping, or is a learner, or a gateway in front of it says that it can't reach it.
 *
 * <p>In the v2 API these are the error codes 300 and 301 (client/v2 error.go), in the v3 gateway gRPC's codes 14,
 * Unavailable, and 1, Canceled, and any code with the message about learners (api/v3rpc/rpctypes/error.go, etcd 3.5).
 * {@code /health} has neither.
 */
public final class UnavailableResponses {
    private static final long MAX_BODY_BYTES = 64 << 10;
    private static final int RAFT_INTERNAL = 300;
    private static final int LEADER_ELECTION = 301;
    private static final int CANCELED = 1;
    private static final int UNAVAILABLE = 14;
    private static final String LEARNER = "rpc not supported for learner";

    /**
     * Where the v2 API, and both generations of the v3 gateway, say what is wrong; the first of them that is there
     * counts.
     */
    private static final List<String> TEXTS = List.of("cause", "message", "error.message", "error");

    private static final List<String> GRPC_CODES = List.of("code", "grpc_code", "error.code", "error.grpc_code");
    private static final Set<String> NAMES = Set.of("cause", "message", "error", "code", "grpc_code", "errorCode");

    private UnavailableResponses() {}

    /** The member's message if it can't serve; null otherwise. The body can still be read afterwards. */
    public static @Nullable String reason(Response response) throws IOException {
        String grpcStatus = response.header("grpc-status");
        if (grpcStatus != null) {
            return grpcReason(grpcStatus, response.header("grpc-message", ""));
        }
        if (isOfGateway(response)) {
            return "a gateway in front of the member can't reach it";
        }
        if (!mayBe(response)) {
            return null;
        }
        String body;
        try {
            body = response.peekBody(MAX_BODY_BYTES).string();
        } catch (IllegalStateException e) {
            return null; // a later interceptor has read and closed the body
        }
        try {
            return reason(body);
        } catch (IOException e) {
            return null; // not JSON, so not from etcd
        }
    }

    /** Whether HAProxy, nginx or another gateway answered for the member: etcd has no HTML. */
    private static boolean isOfGateway(Response response) {
        MediaType type = response.body().contentType();
        return response.code() >= 502
                && response.code() <= 504
                && type != null
                && type.subtype().equals("html");
    }

    /** The error in a response of headers only, which gRPC servers send if there is no message. */
    private static @Nullable String grpcReason(String status, String message) {
        try {
            boolean unavailable = isTransient(Long.parseLong(status)) || message.contains(LEARNER);
            return unavailable ? ErrorText.line(message) : null;
        } catch (NumberFormatException e) {
            return null; // not from gRPC
        }
    }

    /** Copies such a response, so that its connection can be released. */
    public static Response withoutConnection(Response response) throws IOException {
        try (response) {
            return response.newBuilder().body(response.peekBody(MAX_BODY_BYTES)).build();
        }
    }

    /**
     * Later gateways map a learner's refusal to 400 and 412, and gateways map Canceled to 408 and 499; in the v2 API
     * these are ordinary statuses.
     */
    private static boolean mayBe(Response response) {
        return switch (response.code()) {
            case 500, 503 -> true;
            case 400, 408, 412, 499 -> response.request().url().encodedPath().startsWith("/v3");
            default -> false;
        };
    }

    private static @Nullable String reason(String body) throws IOException {
        JsonValue json = JsonValue.first(new Buffer().writeUtf8(body), NAMES);
        String text = TEXTS.stream()
                .map(path -> json.get(path).scalar())
                .filter(field -> !field.isEmpty())
                .findFirst()
                .orElse("");
        long v2Code = json.get("errorCode").number();
        boolean unavailable = v2Code == RAFT_INTERNAL
                || v2Code == LEADER_ELECTION
                || GRPC_CODES.stream()
                        .anyMatch(code -> isTransient(json.get(code).number()))
                || text.contains(LEARNER);
        return unavailable ? ErrorText.line(text) : null;
    }

    /**
     * Whether a gRPC status means that this member can't serve now: UNAVAILABLE, or CANCELLED, which comes only from a
     * stopping member, since we never cancel.
     */
    public static boolean isTransient(long grpcStatus) {
        return grpcStatus == UNAVAILABLE || grpcStatus == CANCELED;
    }
}
