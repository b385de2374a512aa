package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.Serial;
import java.io.Serializable;
import java.util.Objects;

/**
 * An attempt on one member that got no response. Immutable.
 *
 * @since 0.1
 */
public final class FailedAttempt implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    private final EtcdUrl url;
    private final Phase phase;
    private final String reason;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param url the member's client URL
     * @param phase the phase
     * @param reason a sentence on one line
     */
    public FailedAttempt(EtcdUrl url, Phase phase, String reason) {
        this.url = url;
        this.phase = phase;
        this.reason = reason;
    }

    /**
     * The member that was tried.
     *
     * @return the member's client URL
     */
    public EtcdUrl url() {
        return url;
    }

    /**
     * How far the attempt got.
     *
     * @return the phase
     */
    public Phase phase() {
        return phase;
    }

    /**
     * Why the attempt failed.
     *
     * @return a sentence on one line
     */
    public String reason() {
        return reason;
    }

    /** How far an attempt got. */
    public enum Phase {
        /** No connection was made: nothing was sent. */
        CONNECT("connect"),
        /** The member did not process the request: it refused the HTTP/2 stream, or did not know its token. */
        REFUSED("refused"),
        /** There was a connection: the request may have been sent in whole or in part, and no response came. */
        EXCHANGE("exchange");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        /** The phase as it appears in the body of a 502. */
        @Override
        public String toString() {
            return text;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FailedAttempt that
                && url.equals(that.url)
                && phase == that.phase
                && reason.equals(that.reason);
    }

    @Override
    public int hashCode() {
        return Objects.hash(url, phase, reason);
    }

    @Override
    public String toString() {
        return url + ": " + phase + ": " + reason;
    }
}
