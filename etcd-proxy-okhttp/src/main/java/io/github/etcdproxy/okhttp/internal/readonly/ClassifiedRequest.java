package io.github.etcdproxy.okhttp.internal.readonly;

import io.github.etcdproxy.internal.readonly.RequestAttributes;
import io.github.etcdproxy.internal.readonly.RequestKind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import okhttp3.Headers;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.ForwardingSink;
import okio.Okio;
import okio.Sink;
import org.jspecify.annotations.Nullable;

/**
 * A request with its kind, read or write, inspected as far as needed to tell. The inspected body is the one
 * that is sent: a body that writes different bytes the second time could turn a read into a write.
 */
public final class ClassifiedRequest {
    /** More than etcd's limit of 1.5 MiB, encoded in base64. */
    private static final long MAX_BODY_BYTES = 4 << 20;

    private static final List<String> METHOD_OVERRIDES =
            List.of("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override");

    private static final String GRPC = "application/grpc";

    /** The grammar of a header name (RFC 9110, section 5.6.2). */
    private static final Pattern TOKEN = Pattern.compile("[-!#$%&'*+.^_`|~0-9A-Za-z]+");

    private static final Pattern ENDS_LINE = Pattern.compile("[\\r\\n\\x00]");

    private static final ClassifiedRequest PLAIN_READ = new ClassifiedRequest(RequestKind.READ, null);
    private static final ClassifiedRequest PLAIN_WRITE = new ClassifiedRequest(RequestKind.WRITE, null);

    private final RequestKind kind;
    private final @Nullable RequestBody inspectedBody;

    private ClassifiedRequest(RequestKind kind, @Nullable RequestBody inspectedBody) {
        this.kind = kind;
        this.inspectedBody = inspectedBody;
    }

    /** Inspects a request. */
    public static ClassifiedRequest of(Request request) {
        RequestBody body = request.body();
        String method = request.method();
        if (method.equals("PUT") || method.equals("DELETE")) {
            return PLAIN_WRITE;
        }
        boolean disguised = isDisguised(request);
        boolean grpc = isGrpc(request);
        if (method.equals("GET") && body == null && !disguised && !grpc) {
            return PLAIN_READ; // the most frequent request
        }
        InspectedBody read = new InspectedBody(request);
        RequestKind kind = RequestKind.of(
                new RequestAttributes(method, request.url().encodedPath(), body != null, disguised, grpc, read));
        return new ClassifiedRequest(
                kind, read.bytes == null || body == null ? null : RequestBody.create(read.bytes, body.contentType()));
    }

    /** Reads the body on demand and keeps it. */
    private static final class InspectedBody implements Supplier<Optional<byte[]>> {
        private final Request request;
        private byte @Nullable [] bytes;

        private InspectedBody(Request request) {
            this.request = request;
        }

        @Override
        public Optional<byte[]> get() {
            Optional<byte[]> read = read(request);
            bytes = read.orElse(null);
            return read;
        }
    }

    public RequestKind kind() {
        return kind;
    }

    /** The inspected body, which must be sent; null to send the request's own. */
    @Nullable
    public RequestBody inspectedBody() {
        return inspectedBody;
    }

    /** Whether the headers are well-formed: OkHttp permits some that a server would parse as others. */
    public static boolean isWellFormed(Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (!TOKEN.matcher(headers.name(i)).matches()
                    || ENDS_LINE.matcher(headers.value(i)).find()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a header could turn it into another request. */
    public static boolean isDisguised(Request request) {
        Headers headers = request.headers();
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            if (name.equalsIgnoreCase("Upgrade") || METHOD_OVERRIDES.stream().anyMatch(name::equalsIgnoreCase)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the content type, which OkHttp takes from the body if it has one, is gRPC's. */
    public static boolean isGrpc(Request request) {
        RequestBody body = request.body();
        String type = body == null || body.contentType() == null
                ? request.header("Content-Type")
                : body.contentType().toString();
        return type != null && type.regionMatches(true, 0, GRPC, 0, GRPC.length());
    }

    /** The body of a request; empty if it can't be written twice or can't be read. */
    public static Optional<byte[]> read(Request request) {
        RequestBody body = request.body();
        if (body == null || body.isOneShot() || body.isDuplex() || request.header("Content-Encoding") != null) {
            return Optional.empty();
        }
        Buffer bytes = new Buffer();
        try (BufferedSink sink = Okio.buffer(new Bounded(bytes))) {
            body.writeTo(sink); // which may close it
        } catch (IOException e) {
            return Optional.empty(); // if it fails again when sent, the caller gets the exception
        }
        return Optional.of(bytes.readByteArray());
    }

    private static final class Bounded extends ForwardingSink {
        private long written;

        private Bounded(Sink delegate) {
            super(delegate);
        }

        @Override
        public void write(Buffer source, long byteCount) throws IOException {
            written += byteCount;
            if (written > MAX_BODY_BYTES) {
                throw new IOException("longer than any request that etcd accepts");
            }
            super.write(source, byteCount);
        }
    }
}
