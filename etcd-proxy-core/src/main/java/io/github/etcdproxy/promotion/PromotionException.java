package io.github.etcdproxy.promotion;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A promotion did not come to its end. The message says what has been done, and what to do next. */
public final class PromotionException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final Done done;

    PromotionException(Done done, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.done = done;
    }

    /**
     * How far it came.
     *
     * @return the last step that was done
     */
    public Done done() {
        return done;
    }

    /** The steps of a promotion. */
    public enum Done {
        /** Nothing has changed, and the proxy goes on. */
        NOTHING,
        /** The member may have been added or not; the proxy goes on. */
        UNKNOWN,
        /** The member has been added; the proxy goes on. */
        ADDED,
        /** The member has been added, and the proxy is closed; its data is still there. */
        PROXY_CLOSED
    }
}
