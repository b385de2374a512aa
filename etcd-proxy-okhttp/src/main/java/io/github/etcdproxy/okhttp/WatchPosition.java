package io.github.etcdproxy.okhttp;

import java.io.IOException;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;

/**
 * How far the caller of a watch has got, and the request that goes on from there. A watch is opened on one member after
 * another; what each sends is taken message by message. Used by one thread at a time.
 */
interface WatchPosition {

    /** The request that asks for all that the caller has not been given. */
    Request request();

    /** The index or revision from which on the caller has been given nothing. */
    long next();

    /**
     * A member has answered the request with 200.
     *
     * @return whether the watch is of the cluster that it was of before; no position holds in another
     */
    boolean opened(Response response);

    /** Whether an answer to the request, other than 200, says that what comes next is not known any more. */
    boolean isCleared(Response response) throws IOException;

    /**
     * A whole message has come.
     *
     * @throws IOException if it is none of a watch
     */
    Taken take(Buffer message) throws IOException;

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

        static Taken of(Buffer passed, Then then) {
            return new Taken(passed, then, "");
        }

        static Taken nothing(Then then) {
            return new Taken(new Buffer(), then, "");
        }

        static Taken failed(String cause) {
            return new Taken(new Buffer(), Then.REOPEN, cause);
        }
    }

    /** What is to be done with a response after a message. */
    enum Then {
        /** Read on. */
        READ_ON,
        /** Leave it, and ask for what comes next. */
        REOPEN,
        /** That was all that the caller asked for. */
        END
    }
}
