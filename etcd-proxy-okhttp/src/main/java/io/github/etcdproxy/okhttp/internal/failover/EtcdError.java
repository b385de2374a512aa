package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.internal.json.JsonValue;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** The JSON body of an error of etcd: of the v2 API, or of either generation of the v3 gateway. */
final class EtcdError {
    static final long MAX_BODY_BYTES = 64 << 10;

    /**
     * Where the v2 API, and both generations of the v3 gateway, say what is wrong; the first of them that is there
     * counts.
     */
    private static final List<String> TEXTS = List.of("cause", "message", "error.message", "error");

    private static final List<String> GRPC_CODES = List.of("code", "grpc_code", "error.code", "error.grpc_code");
    private static final Set<String> NAMES = Set.of("cause", "message", "error", "code", "grpc_code", "errorCode");

    private final JsonValue json;

    private EtcdError(JsonValue json) {
        this.json = json;
    }

    /** The error in a response, whose body can still be read afterwards; null if the body is not JSON. */
    static @Nullable EtcdError of(Response response) throws IOException {
        String body;
        try {
            body = response.peekBody(MAX_BODY_BYTES).string();
        } catch (IllegalStateException e) {
            return null; // a later interceptor has read and closed the body
        }
        try {
            return new EtcdError(JsonValue.first(new Buffer().writeUtf8(body), NAMES));
        } catch (IOException e) {
            return null; // not JSON, so not from etcd
        }
    }

    /** The message; empty if there is none. */
    String text() {
        return TEXTS.stream()
                .map(path -> json.get(path).scalar())
                .filter(field -> !field.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** The v2 API's code; 0 if there is none. */
    long v2Code() {
        return json.get("errorCode").number();
    }

    /** Whether there is a gRPC code that matches. */
    boolean hasGrpcCode(LongPredicate matching) {
        return GRPC_CODES.stream().anyMatch(code -> matching.test(json.get(code).number()));
    }
}
