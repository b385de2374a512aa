package io.github.etcdproxy.okhttp.internal.watch;

import com.squareup.moshi.JsonReader;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.NoWatchException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import okio.Source;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/** The messages of a watch in one member's response: a sequence of JSON values. Used by one thread at a time. */
public final class WatchMessages {
    /** The longest message that is held until it is whole. etcd's limit for a request, and thus a value, is 1.5 MiB. */
    public static final long MAX_HELD_BYTES = 16 << 20;

    private static final long PIECE_BYTES = 8192;

    private final Response response;
    private final BufferedSource source;

    /** The response's own timeout, used if the caller sets none. */
    private final long ownTimeoutNanos;

    /** The rest of a message that is too long to be held; null if there is none. */
    private @Nullable BufferedSource rest;

    /**
     * A message, or the beginning of one.
     *
     * @param bytes a message, or its beginning
     * @param whole whether the message is whole; if not, {@link #passThrough} returns the rest
     */
    record Message(Buffer bytes, boolean whole) {}

    WatchMessages(Response response) {
        this.response = response;
        this.source = response.body().source();
        this.ownTimeoutNanos = source.timeout().timeoutNanos();
    }

    /**
     * The next message; empty if the member ended the watch between two messages.
     *
     * @throws NoWatchException if there is anything but a JSON object
     */
    Optional<Message> next(Timeout ofCaller) throws IOException {
        take(ofCaller);
        if (!skipBlanks()) {
            return Optional.empty();
        }
        Buffer message = new Buffer();
        BufferedSource value = JsonReader.of(source).nextSource();
        while (value.read(message, PIECE_BYTES) != -1) {
            if (message.size() > MAX_HELD_BYTES) {
                rest = value;
                return Optional.of(new Message(message, false));
            }
        }
        return Optional.of(new Message(message, true));
    }

    /** Skips blanks to the next object; returns false at the end. Byte by byte, so that nothing is buffered. */
    private boolean skipBlanks() throws IOException {
        while (source.request(1)) {
            byte next = source.getBuffer().getByte(0);
            if (next == '{') {
                return true;
            }
            if (next != '\n' && next != '\r' && next != ' ' && next != '\t') {
                throw new NoWatchException("a message begins with byte " + next + " instead of {");
            }
            source.skip(1);
        }
        return false;
    }

    /** Reads data without parsing it: the rest of a message that is not whole, and everything after it. */
    long passThrough(Buffer sink, long byteCount, Timeout ofCaller) throws IOException {
        take(ofCaller);
        Source unfinished = rest;
        if (unfinished != null) {
            long read = unfinished.read(sink, byteCount);
            if (read != -1) {
                return read;
            }
            rest = null;
        }
        return source.read(sink, byteCount);
    }

    /** Applies the caller's timeout, if set, to the member's response. */
    private void take(Timeout ofCaller) {
        Timeout timeout = source.timeout();
        long nanos = ofCaller.timeoutNanos() > 0 ? ofCaller.timeoutNanos() : ownTimeoutNanos;
        if (timeout.timeoutNanos() != nanos) {
            timeout.timeout(nanos, TimeUnit.NANOSECONDS);
        }
        if (ofCaller.hasDeadline()) {
            timeout.deadlineNanoTime(ofCaller.deadlineNanoTime());
        } else if (timeout.hasDeadline()) {
            timeout.clearDeadline();
        }
    }

    void close() {
        response.close();
    }
}
