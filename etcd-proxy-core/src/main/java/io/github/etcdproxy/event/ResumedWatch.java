package io.github.etcdproxy.event;

import java.time.Duration;
import java.util.Objects;

/**
 * A watch that was resumed. Immutable.
 *
 * @since 0.1
 */
public final class ResumedWatch {
    private final String path;
    private final long from;
    private final String reason;
    private final Duration gap;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param path the path
     * @param from the v2 index or v3 revision of the first event that the caller had not received; unsigned
     * @param reason a sentence on one line
     * @param gap the time from the failure until a member served the watch again
     */
    public ResumedWatch(String path, long from, String reason, Duration gap) {
        this.path = path;
        this.from = from;
        this.reason = reason;
        this.gap = gap;
    }

    /**
     * The path of the watch's request.
     *
     * @return the path
     */
    public String path() {
        return path;
    }

    /**
     * Where the watch goes on.
     *
     * @return the v2 index or v3 revision of the first event that the caller had not received; unsigned
     */
    public long from() {
        return from;
    }

    /**
     * Why the watch broke off.
     *
     * @return a sentence on one line
     */
    public String reason() {
        return reason;
    }

    /**
     * How long the watch was interrupted.
     *
     * @return the time from the failure until a member served the watch again
     */
    public Duration gap() {
        return gap;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ResumedWatch that
                && path.equals(that.path)
                && from == that.from
                && reason.equals(that.reason)
                && gap.equals(that.gap);
    }

    @Override
    public int hashCode() {
        return Objects.hash(path, from, reason, gap);
    }

    @Override
    public String toString() {
        return "ResumedWatch[" + path + ", from " + Long.toUnsignedString(from) + ", " + reason + ", " + gap + "]";
    }
}
