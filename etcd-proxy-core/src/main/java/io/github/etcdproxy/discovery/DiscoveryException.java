package io.github.etcdproxy.discovery;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A discovery token could not be used. The message says why, and what to do, in a sentence.
 *
 * <p>Mirrors the errors of server/etcdserver/api/v2discovery/discovery.go and v3discovery/discovery.go (etcd 3.5 and 3.6).
 */
public final class DiscoveryException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final Problem problem;

    DiscoveryException(Problem problem, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    /**
     * The kind of error, for programs.
     *
     * @return not null
     */
    public Problem problem() {
        return problem;
    }

    /** What can be wrong with a discovery token. */
    public enum Problem {
        /** The service did not answer, or with an error of its own: try again later. */
        UNAVAILABLE,
        /** The service refuses the request, for want of authentication, say. */
        REFUSED,
        /** Something else than a discovery service answered. */
        BAD_ENDPOINT,
        /** The token has no size: it was never created, or has expired. */
        SIZE_NOT_FOUND,
        /** The token's size is no number greater than zero. */
        BAD_SIZE,
        /** A member has registered with something that can't be read as {@code name=URL}. */
        BAD_VALUE,
        /** Two members have registered with one name. */
        DUPLICATE_NAME,
        /** A member with the same peer URLs has registered with another name. */
        DUPLICATE_ID,
        /** As many members as the token has places for have registered already. */
        FULL
    }
}
