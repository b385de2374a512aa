package io.github.etcdproxy.okhttp.internal.watch;

import java.io.IOException;
import java.io.Serial;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;

/**
 * The position of a watch's caller, and the request that continues from there. A watch may be opened on several members
 * in turn, each of whose messages is passed to {@link #take}. Used by one thread at a time.
 */
interface WatchCursor {

    /** The request for everything that the caller has not received. */
    Request request();

    /** The index or revision of the first event that the caller has not received. */
    long next();

    /**
     * A member has answered the request with 200.
     *
     * @return whether the response is from the same cluster as before; positions are not valid in another
     * @throws IOException if the response is not etcd's
     */
    boolean opened(Response response) throws IOException;

    /** Whether a response other than 200 means that the next events are no longer available. */
    boolean isCleared(Response response) throws IOException;

    /** Whether a response other than 200 means that the members don't know the request's token. */
    default boolean isTokenUnknown(Response response) throws IOException {
        return false;
    }

    /** What the caller gets if no member knows the request's token, after which the watch is over; may be empty. */
    default Buffer lastMessages() {
        return new Buffer();
    }

    /**
     * A whole message has arrived.
     *
     * @throws NoWatchException if it is not a watch's message
     * @throws IOException if it is not JSON
     */
    Taken take(Buffer message) throws IOException;

    /**
     * A message is too long to be held: its beginning, and everything that follows, is passed through.
     *
     * @param beginning the beginning of the message
     * @throws NoWatchException if what follows is not for the caller alone
     */
    Taken release(Buffer beginning) throws NoWatchException;

    /** Whether the watch is complete, so that the end of the response is its end. */
    boolean isOver();

    /**
     * The result of a message.
     *
     * @param passed the data to pass to the caller now; may be empty
     * @param then what to do with the response
     * @param cause why the response is unusable; empty if it is usable
     */
    record Taken(Buffer passed, Then then, String cause) {

        /** Whether the caller made progress, so that the next failure is a new one. */
        boolean isProgress() {
            return cause.isEmpty() && (passed.size() > 0 || (then != Then.READ_ON && then != Then.ASK_OTHERS));
        }

        static Taken of(Buffer passed, Then then) {
            return new Taken(passed, then, "");
        }

        static Taken nothing(Then then) {
            return new Taken(new Buffer(), then, "");
        }

        static Taken failed(String cause) {
            return new Taken(new Buffer(), Then.LEAVE, cause);
        }
    }

    /** A JSON message that etcd does not send to a watch. */
    final class NoWatchException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        NoWatchException(String message) {
            super(message);
        }
    }

    /** What to do with a response after a message. */
    enum Then {
        /** Read the next message. */
        READ_ON,
        /** The response has ended; request what follows. */
        REOPEN,
        /** Close the response, though it has not ended, and request what follows. */
        LEAVE,
        /** Close the response, since its member does not know the token, and request the same from other members. */
        ASK_OTHERS,
        /** Pass the rest through; the watch can't be resumed any more. */
        PASS_THROUGH,
        /** The watch is complete. */
        END
    }
}
