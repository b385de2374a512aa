package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
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
 * The body of a member's response. The attempt waits while it is read. Data that arrived before is inconclusive; data
 * that arrives during the wait proves that the member is alive.
 */
final class AwaitedBody extends ForwardingSource {
    private final Attempt attempt;
    private final @Nullable MemberSocket socket;

    /** A read that may wait for the member. */
    @FunctionalInterface
    private interface Read<T> {
        T read() throws IOException;
    }

    private AwaitedBody(Attempt attempt, @Nullable MemberSocket socket, ResponseBody body) {
        super(body.source());
        this.attempt = attempt;
        this.socket = socket;
    }

    /**
     * Makes the attempt wait while the body or the trailers of a response are read.
     *
     * @param socket the socket beneath the connection; null if it is not one of ours
     */
    static Response.Builder setOn(
            Response.Builder awaited, Response received, Attempt attempt, @Nullable MemberSocket socket) {
        ResponseBody body = received.body();
        awaited.body(new ForwardingResponseBody(body, Okio.buffer(new AwaitedBody(attempt, socket, body))));
        return awaited.trailers(new TrailersSource() {
            @Override
            public @Nullable Headers peek() throws IOException {
                return received.peekTrailers();
            }

            @Override
            public Headers get() throws IOException {
                return awaiting(attempt, received::trailers);
            }
        });
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        return awaiting(attempt, () -> {
            MemberSocket drained = socket != null && !socket.isReadable() ? socket : null;
            long before = drained == null ? 0 : drained.received();
            long read = super.read(sink, byteCount);
            if (drained != null && drained.received() > before) {
                attempt.handle().heard();
            }
            return read;
        });
    }

    private static <T> T awaiting(Attempt attempt, Read<T> read) throws IOException {
        attempt.awaitMember();
        try {
            return read.read();
        } catch (IOException e) {
            throw attempt.explain(e);
        } finally {
            attempt.pause();
        }
    }
}
