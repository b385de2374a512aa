package io.github.etcdproxy.okhttp.internal.http;

import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.internal.readonly.RequestView;
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
 * A request of which as much has been looked at as is needed to know what it does. What was looked at is what is sent: a
 * body that gives other bytes the second time would make a write of what was taken for a read.
 */
public final class InspectedRequest {
    /** What etcd takes at the most, of which it has 1.5 MiB, and something for base64. */
    private static final long MAX_BODY_BYTES = 4 << 20;

    private static final List<String> METHOD_OVERRIDES =
            List.of("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override");

    private static final String GRPC = "application/grpc";

    /** What a header name may consist of (RFC 9110, section 5.6.2). */
    private static final Pattern TOKEN = Pattern.compile("[-!#$%&'*+.^_`|~0-9A-Za-z]+");

    private static final Pattern ENDS_LINE = Pattern.compile("[\\r\\n\\x00]");

    private static final InspectedRequest PLAIN_READ = new InspectedRequest(RequestKind.READ, null);
    private static final InspectedRequest PLAIN_WRITE = new InspectedRequest(RequestKind.WRITE, null);

    private final RequestKind kind;
    private final @Nullable RequestBody lookedAt;

    private InspectedRequest(RequestKind kind, @Nullable RequestBody lookedAt) {
        this.kind = kind;
        this.lookedAt = lookedAt;
    }

    /** Looks at a request. */
    public static InspectedRequest of(Request request) {
        RequestBody body = request.body();
        String method = request.method();
        if (method.equals("PUT") || method.equals("DELETE")) {
            return PLAIN_WRITE;
        }
        boolean disguised = isDisguised(request);
        boolean grpc = isGrpc(request);
        if (method.equals("GET") && body == null && !disguised && !grpc) {
            return PLAIN_READ; // the most frequent of all
        }
        LookedAt looked = new LookedAt(request);
        RequestKind kind = RequestKind.of(
                new RequestView(method, request.url().encodedPath(), body != null, disguised, grpc, looked));
        return new InspectedRequest(
                kind,
                looked.bytes == null || body == null ? null : RequestBody.create(looked.bytes, body.contentType()));
    }

    /** Reads a body when that decides what the request does, and keeps what it has read. */
    private static final class LookedAt implements Supplier<Optional<byte[]>> {
        private final Request request;
        private byte @Nullable [] bytes;

        private LookedAt(Request request) {
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

    /** The body that was looked at, which is to be sent; null if none was, and the request's own is. */
    @Nullable
    public RequestBody lookedAt() {
        return lookedAt;
    }

    /** Whether the headers are what they seem: OkHttp lets a caller write what a server would read as others. */
    public static boolean isWellFormed(Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (!TOKEN.matcher(headers.name(i)).matches()
                    || ENDS_LINE.matcher(headers.value(i)).find()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a header could turn it into another request on the way. */
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

    /** Whether the content type, which OkHttp takes from the body where it has one, is that of gRPC. */
    public static boolean isGrpc(Request request) {
        RequestBody body = request.body();
        String type = body == null || body.contentType() == null
                ? request.header("Content-Type")
                : body.contentType().toString();
        return type != null && type.regionMatches(true, 0, GRPC, 0, GRPC.length());
    }

    /** The body of a request; empty if it can't be written twice, or can't be looked at. */
    public static Optional<byte[]> read(Request request) {
        RequestBody body = request.body();
        if (body == null || body.isOneShot() || body.isDuplex() || request.header("Content-Encoding") != null) {
            return Optional.empty();
        }
        Buffer bytes = new Buffer();
        try (BufferedSink sink = Okio.buffer(new Bounded(bytes))) {
            body.writeTo(sink); // which may close it
        } catch (IOException e) {
            return Optional.empty(); // if it fails again when it is sent, the caller will hear of it
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
                throw new IOException("longer than any request that etcd takes");
            }
            super.write(source, byteCount);
        }
    }
}
