package io.github.etcdproxy.okhttp.internal.attempt;

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
 * An error as gRPC has it: a response of headers alone ("Trailers-Only", doc/PROTOCOL-HTTP2.md of grpc), since a gRPC client
 * looks for the status there and nowhere else. Pure functions.
 */
final class GrpcRefusal {
    private static final MediaType GRPC = MediaType.get("application/grpc");

    private GrpcRefusal() {}

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

    /** Lets whoever writes to a stream that is not sent know that nobody reads; or it would block when its buffer is full. */
    static void endWriting(Request request) {
        RequestBody body = request.body();
        if (body == null || !body.isDuplex()) {
            return;
        }
        BufferedSink sink = Okio.buffer(new Refusing()); // left open, since what is written later goes there, too
        try {
            body.writeTo(sink);
        } catch (IOException | RuntimeException e) {
            // That is what it was told; and whatever else the caller's body has to say, the call is refused.
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

    /** As gRPC's own table for answers of proxies has it (doc/http-grpc-status-mapping.md), and 501. */
    private static int status(int httpStatus) {
        return switch (httpStatus) {
            case 501 -> 12; // UNIMPLEMENTED
            case 502, 503, 504 -> 14; // UNAVAILABLE
            default -> 2; // UNKNOWN
        };
    }

    /** Percent-encoding, as the protocol demands: whatever is not printable ASCII, and the percent sign. */
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
