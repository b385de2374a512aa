package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.Serial;
import java.io.Serializable;

/**
 * Why one member gave no response. Immutable.
 *
 * @param url the member's client URL
 * @param phase how far the attempt got
 * @param cause what happened, in a line fit for an operator
 */
public record FailedAttempt(EtcdUrl url, Phase phase, String cause) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    /** How far an attempt got. */
    public enum Phase {
        /** No connection came about: nothing was sent. */
        CONNECT("connect"),
        /** The member said that it did not process the request: an HTTP/2 stream was refused. */
        REFUSED("refused"),
        /** A connection stood: all, a part or nothing of the request was sent, and no response came. */
        EXCHANGE("exchange");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        /** The phase as the body of a 502 has it. */
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
