package io.github.etcdproxy.okhttp;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import com.squareup.moshi.JsonReader;
import io.github.etcdproxy.okhttp.WatchPosition.NoWatchException;
import io.github.etcdproxy.okhttp.WatchPosition.Taken;
import io.github.etcdproxy.okhttp.WatchPosition.Then;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
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

    /** How long the caller wants to wait for a message; holds for every answer. */
    private final Timeout timeout = new Timeout();

    private final ReentrantLock reading = new ReentrantLock();
    private @Nullable JsonReader messages;
    private boolean ended;

    /** What is to be done before more is read; null for nothing. */
    private @Nullable Taken next;

    private @Nullable IOException failure;
    private volatile boolean closed;

    WatchBody(Response first, WatchPosition position, WatchReopening reopening) {
        this.response = first;
        this.position = position;
        this.reopening = reopening;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        Long patience = CallDeadline.of(timeout);
        reading.lock();
        try {
            while (ready.exhausted() && !ended) {
                if (closed || failure != null) {
                    throw new IOException(closed ? "closed" : "the watch has failed before", failure);
                }
                if (next == null) {
                    readMessage(patience);
                } else {
                    follow(next, patience);
                }
            }
            return ready.read(sink, byteCount);
        } catch (IOException e) {
            failure = e;
            throw closed || reopening.isCanceled() ? new IOException(closed ? "closed" : "Canceled", e) : e;
        } finally {
            reading.unlock();
            if (closed) {
                closeResponse();
            }
        }
    }

    private void readMessage(@Nullable Long patience) throws IOException {
        Taken taken;
        try {
            Buffer message = nextMessage();
            if (message == null) {
                taken = position.isOver() ? Taken.nothing(Then.END) : Taken.failed("the member ended the watch");
            } else {
                taken = position.take(message);
            }
        } catch (JsonDataException | JsonEncodingException | NoWatchException e) {
            throw new IOException("what the member sends is no watch: " + e.getMessage(), e);
        } catch (IOException e) {
            boolean impatient = patience != null && patience - System.nanoTime() <= 0;
            if (closed || reopening.isOver() || impatient) {
                throw e;
            }
            taken = Taken.failed(e.getMessage() == null ? e.toString() : e.getMessage());
        }
        reopening.taken(taken);
        ready.writeAll(taken.passed());
        if (taken.then() != Then.READ_ON) {
            next = taken; // once the caller has read what there is
        }
    }

    private void follow(Taken taken, @Nullable Long patience) throws IOException {
        next = null;
        if (taken.then() == Then.LEAVE) {
            reopening.leave();
        }
        response.close();
        messages = null;
        Response reopened = taken.then() == Then.END ? null : reopening.open(position, taken.cause(), patience);
        if (reopened == null) {
            ended = true;
            return;
        }
        response = reopened;
        if (closed) {
            reopened.close();
        }
    }

    /** The next whole message; null if the member has ended the watch between two of them. */
    private @Nullable Buffer nextMessage() throws IOException {
        if (timeout.timeoutNanos() > 0) {
            response.body().source().timeout().timeout(timeout.timeoutNanos(), TimeUnit.NANOSECONDS);
        }
        if (timeout.hasDeadline()) {
            response.body().source().timeout().deadlineNanoTime(timeout.deadlineNanoTime());
        }
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

    @Override
    public Timeout timeout() {
        return timeout;
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
