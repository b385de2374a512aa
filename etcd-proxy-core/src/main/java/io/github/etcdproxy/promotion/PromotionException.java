package io.github.etcdproxy.promotion;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A promotion failed. The message says what has been done and what to do next.
 *
 * @since 0.1
 */
public final class PromotionException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final Done done;

    PromotionException(Done done, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.done = done;
    }

    /**
     * The progress of the promotion.
     *
     * @return the last completed step
     */
    public Done done() {
        return done;
    }

    /** The steps of a promotion. */
    public enum Done {
        /** Nothing has changed; the proxy keeps running. */
        NOTHING,
        /** The member may have been added; the proxy keeps running. */
        UNKNOWN,
        /** The member has been added; the proxy keeps running. */
        ADDED,
        /** The member has been added and the proxy is closed, but its data has not been removed. */
        PROXY_CLOSED
    }
}
