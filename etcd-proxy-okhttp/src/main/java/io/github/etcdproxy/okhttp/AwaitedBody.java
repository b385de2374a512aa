package io.github.etcdproxy.okhttp;

import java.io.IOException;
import okhttp3.Headers;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okhttp3.TrailersSource;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * What follows the head of a member's response: the attempt waits for the member while somebody reads it. What had come before
 * proves nothing about the member; what comes meanwhile does.
 */
final class AwaitedBody extends ForwardingSource {
    private static final long NOT_AWAITED = -1;

    private final Attempt attempt;
    private final @Nullable MemberSocket socket;

    private AwaitedBody(Attempt attempt, @Nullable MemberSocket socket, ResponseBody body) {
        super(body.source());
        this.attempt = attempt;
        this.socket = socket;
    }

    /**
     * Has the attempt wait for the body and the trailers of a response.
     *
     * @param socket what the connection is built upon; null if that is not one of ours
     */
    static Response.Builder setOn(
            Response.Builder awaited, Response received, Attempt attempt, @Nullable MemberSocket socket) {
        ResponseBody body = received.body();
        awaited.body(new SourcedBody(body, Okio.buffer(new AwaitedBody(attempt, socket, body))));
        return awaited.trailers(new TrailersSource() {
            @Override
            public @Nullable Headers peek() throws IOException {
                return received.peekTrailers();
            }

            @Override
            public Headers get() throws IOException {
                return attempt.awaiting(received::trailers);
            }
        });
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        return attempt.awaiting(() -> {
            long before = socket == null || socket.isReadable() ? NOT_AWAITED : socket.received();
            long read = super.read(sink, byteCount);
            if (socket != null && before != NOT_AWAITED && socket.received() > before) {
                attempt.heard();
            }
            return read;
        });
    }
}
