package io.github.etcdproxy.event;

/**
 * Whether a request that failed may have been carried out.
 *
 * @since 0.1
 */
public enum Outcome {
    /** It was not: it changed nothing, and can be repeated. */
    NOT_APPLIED("not-applied"),
    /** It may have been: look before repeating it. */
    UNKNOWN("unknown");

    private final String text;

    Outcome(String text) {
        this.text = text;
    }

    /** The outcome as it appears in the body of a 502. */
    @Override
    public String toString() {
        return text;
    }
}
