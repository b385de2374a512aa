package io.github.etcdproxy.okhttp;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.github.etcdproxy.okhttp.WatchPosition.Taken;
import io.github.etcdproxy.okhttp.WatchPosition.Then;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import okio.Source;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The body of a watch that goes on when a member's does not. The caller is given whole messages only: so nothing is lost when
 * a member breaks off, and nothing comes twice.
 *
 * <p>Read by one thread at a time; may be closed by any.
 */
final class WatchBody implements Source {
    private final WatchPosition position;
    private final WatchReopening reopening;

    /** What the caller has not read yet. */
    private final Buffer ready = new Buffer();

    /** The member's answer at present. */
    private volatile Response response;

    private final ReentrantLock reading = new ReentrantLock();
    private @Nullable JsonReader messages;
    private boolean ended;
    private volatile boolean closed;

    WatchBody(Response first, WatchPosition position, WatchReopening reopening) {
        this.response = first;
        this.position = position;
        this.reopening = reopening;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        reading.lock();
        try {
            while (ready.exhausted() && !ended) {
                if (closed) {
                    throw new IOException("closed");
                }
                readMessage();
            }
            return ready.read(sink, byteCount);
        } catch (IOException e) {
            throw closed ? new IOException("closed", e) : e;
        } finally {
            reading.unlock();
            if (closed) {
                closeResponse();
            }
        }
    }

    private void readMessage() throws IOException {
        Buffer message;
        try {
            message = nextMessage();
        } catch (JsonDataException | com.squareup.moshi.JsonEncodingException e) {
            throw new IOException("what the member sends is no watch: " + e.getMessage(), e);
        } catch (IOException e) {
            if (closed || reopening.isOver(e)) {
                throw e;
            }
            reopen(e.getMessage() == null ? e.toString() : e.getMessage());
            return;
        }
        if (message != null) {
            Taken taken = position.take(message);
            reopening.taken(taken);
            ready.writeAll(taken.passed());
            if (taken.then() == Then.END) {
                end();
            } else if (taken.then() == Then.REOPEN) {
                reopen(taken.cause());
            }
        } else if (position.isOver()) {
            end();
        } else {
            reopen("the member ended the watch");
        }
    }

    /** The next whole message; null if the member has ended the watch between two of them. */
    private @Nullable Buffer nextMessage() throws IOException {
        JsonReader reader = messages;
        if (reader == null) {
            reader = JsonReader.of(response.body().source());
            reader.setLenient(true); // one value after another
            messages = reader;
        }
        if (reader.peek() == JsonReader.Token.END_DOCUMENT) {
            return null;
        }
        Buffer message = new Buffer();
        try (BufferedSource value = reader.nextSource()) {
            value.readAll(message);
        }
        return message;
    }

    private void end() {
        ended = true;
        response.close();
    }

    private void reopen(String cause) throws IOException {
        response.close();
        messages = null;
        Response next = reopening.open(position, cause);
        if (next == null) {
            end();
            return;
        }
        response = next;
        if (closed) {
            next.close();
        }
    }

    @Override
    public Timeout timeout() {
        return response.body().source().timeout();
    }

    @Override
    public void close() {
        closed = true;
        reopening.close();
        if (!closeResponse()) {
            reopening.cancelFirst(); // which, other than closing, can be done while another thread reads
        }
    }

    /** Closes the member's answer, unless a thread reads it. */
    private boolean closeResponse() {
        if (!reading.tryLock()) {
            return false;
        }
        try {
            response.close();
            return true;
        } finally {
            reading.unlock();
        }
    }
}
