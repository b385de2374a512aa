package io.github.etcdproxy.okhttp.internal.error;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.Okio;
import okio.Sink;
import okio.Timeout;

/**
 * An error response in gRPC's format: headers only ("Trailers-Only", doc/PROTOCOL-HTTP2.md of grpc), since that is
 * where gRPC clients look for the status. Pure functions.
 */
final class GrpcErrorResponse {
    private static final MediaType GRPC = MediaType.get("application/grpc");

    private GrpcErrorResponse() {}

    static Response of(Request request, int httpStatus, String message) {
        return new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_2)
                .code(200)
                .message("")
                .header("Content-Type", GRPC.toString())
                .header("grpc-status", Integer.toString(status(httpStatus)))
                .header("grpc-message", encode(message))
                .body(ResponseBody.create(new byte[0], GRPC))
                .build();
    }

    /** Fails the writer of an unsent duplex body, which would otherwise block when its buffer is full. */
    static void endWriting(Request request) {
        RequestBody body = request.body();
        if (body == null || !body.isDuplex()) {
            return;
        }
        BufferedSink sink = Okio.buffer(new Refusing()); // left open, since later writes use it too
        try {
            body.writeTo(sink);
        } catch (IOException | RuntimeException e) {
            // The expected failure; other exceptions of the body don't matter, since the call is refused.
        }
    }

    private static final class Refusing implements Sink {
        @Override
        public void write(Buffer source, long byteCount) throws IOException {
            throw new IOException("the call was refused by the proxy");
        }

        @Override
        public void flush() throws IOException {
            throw new IOException("the call was refused by the proxy");
        }

        @Override
        public Timeout timeout() {
            return Timeout.NONE;
        }

        @Override
        public void close() {}
    }

    /** As in gRPC's table for HTTP statuses (doc/http-grpc-status-mapping.md), and 501. */
    private static int status(int httpStatus) {
        return switch (httpStatus) {
            case 501 -> 12; // UNIMPLEMENTED
            case 502, 503, 504 -> 14; // UNAVAILABLE
            default -> 2; // UNKNOWN
        };
    }

    /** Percent-encodes everything but printable ASCII, and the percent sign, as the protocol requires. */
    private static String encode(String message) {
        StringBuilder encoded = new StringBuilder(message.length());
        for (byte b : message.getBytes(UTF_8)) {
            if (b >= ' ' && b <= '~' && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append(String.format("%%%02X", b));
            }
        }
        return encoded.toString();
    }
}
