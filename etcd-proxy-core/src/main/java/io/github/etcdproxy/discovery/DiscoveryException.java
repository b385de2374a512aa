package io.github.etcdproxy.discovery;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A discovery token could not be used. The message says why and how to fix it.
 *
 * <p>Mirrors the errors of server/etcdserver/api/v2discovery/discovery.go and v3discovery/discovery.go (etcd 3.5 and
 * 3.6).
 *
 * @since 0.1
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

    /** The ways in which a discovery token can fail. */
    public enum Problem {
        /** The service did not respond or reported an internal error: try again later. */
        UNAVAILABLE,
        /** The service refuses the request, for example because it requires authentication. */
        REFUSED,
        /** The server that responded is not a discovery service. */
        BAD_ENDPOINT,
        /** The token has no size: it was never created, or has expired. */
        SIZE_NOT_FOUND,
        /** The token's size is not a positive number. */
        BAD_SIZE,
        /** A member has registered with a value that is not of the form {@code name=URL}. */
        BAD_VALUE,
        /** Two members have registered with the same name. */
        DUPLICATE_NAME,
        /** A member with the same peer URLs has registered with another name. */
        DUPLICATE_ID,
        /** All places of the token are taken. */
        FULL
    }
}
