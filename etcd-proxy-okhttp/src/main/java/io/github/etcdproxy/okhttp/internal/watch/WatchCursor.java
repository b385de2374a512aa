package io.github.etcdproxy.okhttp.internal.watch;

import java.io.IOException;
import java.io.Serial;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;

/**
 * How far the caller of a watch has got, and the request that goes on from there. A watch is opened on one member after
 * another; what each sends is taken message by message. Used by one thread at a time.
 */
interface WatchCursor {

    /** The request that asks for all that the caller has not been given. */
    Request request();

    /** The index or revision from which on the caller has been given nothing. */
    long next();

    /**
     * A member has answered the request with 200.
     *
     * @return whether the watch is of the cluster that it was of before; no position holds in another
     * @throws IOException if it is none of etcd's answers
     */
    boolean opened(Response response) throws IOException;

    /** Whether an answer to the request, other than 200, says that what comes next is not known any more. */
    boolean isCleared(Response response) throws IOException;

    /**
     * A whole message has come.
     *
     * @throws NoWatchException if it is none of a watch
     * @throws IOException if it is no JSON
     */
    Taken take(Buffer message) throws IOException;

    /**
     * A message is too long to be held: what is held is passed on, and all that follows as it comes.
     *
     * @param beginning what has come of the message
     * @throws NoWatchException if what follows is not for the caller alone
     */
    Taken release(Buffer beginning) throws NoWatchException;

    /** Whether nothing more can come, so that an end is the end. */
    boolean isOver();

    /**
     * What follows from a message.
     *
     * @param passed what the caller is to be given now; may be empty
     * @param then what is to be done with the response
     * @param cause why it can't be used any more; empty if it can
     */
    record Taken(Buffer passed, Then then, String cause) {

        /** Whether it brought the caller further, so that what fails next is something new. */
        boolean isProgress() {
            return cause.isEmpty() && (passed.size() > 0 || then != Then.READ_ON);
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

    /** A message is JSON, but none that etcd sends to a watch. */
    final class NoWatchException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        NoWatchException(String message) {
            super(message);
        }
    }

    /** What is to be done with a response after a message. */
    enum Then {
        /** Read on. */
        READ_ON,
        /** It has ended with this message; ask for what comes next. */
        REOPEN,
        /** Leave it, though it has not ended, and ask for what comes next. */
        LEAVE,
        /** Pass through what comes; more than can be held is needed to go on with another member. */
        PASS_THROUGH,
        /** That was all that the caller asked for. */
        END
    }
}
