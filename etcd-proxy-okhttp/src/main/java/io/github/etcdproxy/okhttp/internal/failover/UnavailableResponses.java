package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.internal.failure.ErrorText;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.Response;
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
    private static final int RAFT_INTERNAL = 300;
    private static final int LEADER_ELECTION = 301;
    private static final int CANCELED = 1;
    private static final int UNAVAILABLE = 14;
    private static final String LEARNER = "rpc not supported for learner";

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
        EtcdError error = EtcdError.of(response);
        return error == null ? null : reason(error);
    }

    /** Whether HAProxy, nginx or another gateway answered for the member: etcd has no HTML. */
    private static boolean isOfGateway(Response response) {
        if (response.code() < 502 || response.code() > 504) {
            return false; // before the type is parsed, which each call would pay for
        }
        MediaType type = response.body().contentType();
        return type != null && type.subtype().equals("html");
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
            return response.newBuilder()
                    .body(response.peekBody(EtcdError.MAX_BODY_BYTES))
                    .build();
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

    private static @Nullable String reason(EtcdError error) {
        String text = error.text();
        boolean unavailable = error.v2Code() == RAFT_INTERNAL
                || error.v2Code() == LEADER_ELECTION
                || error.hasGrpcCode(UnavailableResponses::isTransient)
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
