package io.github.etcdproxy.event;

import java.util.Objects;

/**
 * A refresh that brought nothing. Immutable.
 *
 * @since 0.1
 */
public final class FailedRefresh {
    private final String reason;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param reason a sentence with the reason of each peer
     */
    public FailedRefresh(String reason) {
        this.reason = reason;
    }

    /**
     * Why the refresh failed.
     *
     * @return a sentence with the reason of each peer
     */
    public String reason() {
        return reason;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FailedRefresh that && reason.equals(that.reason);
    }

    @Override
    public int hashCode() {
        return Objects.hash(reason);
    }

    @Override
    public String toString() {
        return "FailedRefresh[" + reason + "]";
    }
}
