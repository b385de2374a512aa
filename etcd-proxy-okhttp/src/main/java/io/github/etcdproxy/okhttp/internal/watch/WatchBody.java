package io.github.etcdproxy.okhttp.internal.watch;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonEncodingException;
import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.NoWatchException;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Taken;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Then;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.Response;
import okio.Buffer;
import okio.Source;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The body of a watch that is resumed when a member fails. The caller gets whole messages only, so nothing is lost or
 * duplicated when a member breaks off.
 *
 * <p>Read by one thread at a time; may be closed by any thread.
 */
final class WatchBody implements Source {
    private final WatchCursor position;
    private final WatchReopener reopening;

    /** Data that the caller has not read yet. */
    private final Buffer ready = new Buffer();

    /** The caller's read timeout; applies to every response. */
    private final Timeout timeout = new Timeout();

    private final ReentrantLock reading = new ReentrantLock();

    /** The member's current response. */
    private volatile WatchMessages messages;

    private volatile boolean closed;
    private Mode mode = Mode.RESUMING;

    /** The step to take before more is read; null if there is none. */
    private @Nullable Taken next;

    private @Nullable IOException failure;

    private enum Mode {
        /** The caller gets whole messages, and the watch is resumed if its member fails. */
        RESUMING,
        /** The caller gets data as it arrives; the watch can't be resumed. */
        PASSING_THROUGH,
        ENDED
    }

    WatchBody(Response first, WatchCursor position, WatchReopener reopening) {
        this.messages = new WatchMessages(first);
        this.position = position;
        this.reopening = reopening;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        Long patience = CallDeadline.of(timeout);
        reading.lock();
        try {
            while (ready.exhausted() && mode == Mode.RESUMING) {
                requireUsable();
                if (next == null) {
                    readMessage(patience);
                } else {
                    follow(next, patience);
                }
            }
            if (ready.exhausted() && mode == Mode.PASSING_THROUGH) {
                requireUsable();
                return messages.passThrough(sink, byteCount, timeout);
            }
            return ready.read(sink, byteCount);
        } catch (IOException e) {
            failure = e;
            throw closed ? new IOException("closed", e) : reopening.asCallersOwn(e);
        } finally {
            reading.unlock();
            if (closed) {
                closeResponse();
            }
        }
    }

    private void requireUsable() throws IOException {
        if (closed || failure != null) {
            throw new IOException(closed ? "closed" : "the watch has failed before", failure);
        }
    }

    private void readMessage(@Nullable Long patience) throws IOException {
        Taken taken;
        try {
            WatchMessages.Message message = messages.next(timeout).orElse(null);
            if (message == null) {
                taken = position.isOver() ? Taken.nothing(Then.END) : Taken.failed("the member ended the watch");
            } else if (message.whole()) {
                taken = position.take(message.bytes());
            } else {
                taken = position.release(message.bytes());
            }
        } catch (JsonDataException | JsonEncodingException | NoWatchException e) {
            throw new IOException("the member's response is not a watch: " + e.getMessage(), e);
        } catch (IOException e) {
            boolean impatient = patience != null && patience - System.nanoTime() <= 0;
            if (closed || reopening.isOver() || impatient) {
                throw e;
            }
            taken = Taken.failed(e.getMessage() == null ? e.toString() : e.getMessage());
        }
        reopening.taken(taken);
        ready.writeAll(taken.passed());
        if (taken.then() == Then.PASS_THROUGH) {
            mode = Mode.PASSING_THROUGH;
            reopening.logEnd(WatchMessages.MAX_HELD_BYTES);
        } else if (taken.then() != Then.READ_ON) {
            next = taken; // after the caller has read the buffered data
        }
    }

    private void follow(Taken taken, @Nullable Long patience) throws IOException {
        next = null;
        if (taken.then() == Then.LEAVE || taken.then() == Then.ASK_OTHERS) {
            reopening.leave();
        }
        messages.close();
        Response reopened = switch (taken.then()) {
            case END -> null;
            case ASK_OTHERS -> reopening.openAtOther(position, patience);
            default -> reopening.open(position, taken.cause(), patience);
        };
        if (reopened == null) {
            ready.writeAll(position.lastMessages());
            mode = Mode.ENDED;
            return;
        }
        messages = new WatchMessages(reopened);
        if (closed) {
            reopened.close();
        }
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
            reopening.cancelFirst(); // unlike closing, safe while another thread reads
        }
    }

    /** Closes the member's response, unless a thread reads it. */
    private boolean closeResponse() {
        if (!reading.tryLock()) {
            return false;
        }
        try {
            messages.close();
            return true;
        } finally {
            reading.unlock();
        }
    }
}
