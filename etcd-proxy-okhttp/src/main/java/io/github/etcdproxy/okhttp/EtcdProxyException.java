package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt;
import java.io.IOException;
import java.io.Serial;
import java.util.List;

/**
 * A call could not be forwarded. Thrown only where {@code errorsAsExceptions} is on; otherwise the same is said by a
 * response. Its cause is what the last member that was tried gave instead of a response; what the others gave is suppressed.
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
     * @return 501 for a write when read-only, 502 if no member gave a response, 503 if none is known, 504 if the member
     *     that was tried last stayed silent, 508 if the request has passed this proxy before
     */
    public int status() {
        return status;
    }

    /**
     * Whether the request may have been carried out.
     *
     * @return {@link Outcome#UNKNOWN} only for a write that may have reached a member
     */
    public Outcome outcome() {
        return outcome;
    }

    /**
     * What was tried.
     *
     * @return an entry for each time that a member was tried, in that order; empty unless the status is 502 or 504
     */
    public List<FailedAttempt> attempts() {
        return attempts;
    }

    /** Whether a request that failed may have been carried out. */
    public enum Outcome {
        /** It was not: it changed nothing, and can be repeated. */
        NOT_APPLIED("not-applied"),
        /** It may have been: look before repeating it. */
        UNKNOWN("unknown");

        private final String text;

        Outcome(String text) {
            this.text = text;
        }

        /** The outcome as the body of a 502 has it. */
        @Override
        public String toString() {
            return text;
        }
    }
}
