package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.Outcome;
import java.io.IOException;
import java.io.Serial;
import java.util.List;

/**
 * A call could not be forwarded. Thrown only if {@code errorsAsExceptions} is on; otherwise the proxy returns a
 * response. Its cause is the failure of the last attempt; the failures of earlier attempts are suppressed.
 *
 * @since 0.1
 */
public final class EtcdProxyException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final int status;
    private final Outcome outcome;

    /** Serializable, as its values are. */
    @SuppressWarnings("serial")
    private final List<FailedAttempt> attempts;

    /**
     * Made by the proxy.
     *
     * @param status the status with which etcd's proxy would answer
     * @param message what happened, with each attempt
     * @param outcome whether the request may have been carried out
     * @param attempts what was tried, in that order
     * @param failures what each attempt threw; the last becomes the cause, the others are suppressed
     */
    public EtcdProxyException(
            int status, String message, Outcome outcome, List<FailedAttempt> attempts, List<IOException> failures) {
        super(message, failures.isEmpty() ? null : failures.get(failures.size() - 1));
        for (IOException failure : failures) {
            if (failure != getCause()) {
                addSuppressed(failure);
            }
        }
        this.status = status;
        this.outcome = outcome;
        this.attempts = List.copyOf(attempts);
    }

    /**
     * The status with which etcd's proxy would answer.
     *
     * @return 501 for a write in read-only mode, 502 if no member responded, 503 if no member is known, 504 if the
     *     member that was tried last did not respond in time, 508 if the request has passed this proxy before
     */
    public int status() {
        return status;
    }

    /**
     * Whether the request may have been carried out.
     *
     * @return {@link Outcome#UNKNOWN} for a write that may have reached a member, {@link Outcome#NOT_APPLIED} otherwise
     */
    public Outcome outcome() {
        return outcome;
    }

    /**
     * The failed attempts.
     *
     * @return one entry per attempt, in order; empty unless the status is 502 or 504
     */
    public List<FailedAttempt> attempts() {
        return attempts;
    }
}
