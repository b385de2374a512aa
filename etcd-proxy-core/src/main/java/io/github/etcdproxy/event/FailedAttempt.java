package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.Serial;
import java.io.Serializable;

/**
 * An attempt on one member that got no response. Immutable.
 *
 * @param url the member's client URL
 * @param phase how far the attempt got
 * @param cause what happened, on one line
 */
public record FailedAttempt(EtcdUrl url, Phase phase, String cause) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    /** How far an attempt got. */
    public enum Phase {
        /** No connection was made: nothing was sent. */
        CONNECT("connect"),
        /** The member did not process the request: it refused the HTTP/2 stream. */
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
    public String toString() {
        return url + ": " + phase + ": " + cause;
    }
}
