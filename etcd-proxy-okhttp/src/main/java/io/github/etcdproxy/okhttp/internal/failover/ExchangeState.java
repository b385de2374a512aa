package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.okhttp.internal.redirect.ExchangeTarget;

/**
 * How far an attempt had got at one moment, from which its failure is classified. Immutable.
 *
 * @param stage the stage of its last exchange
 * @param target the server of that exchange
 * @param exchanges the number of exchanges whose sending has begun
 * @param reused whether the connection served an earlier exchange
 * @param tls13 whether the connection's TLS handshake was of version 1.3
 * @param offThread whether an interceptor moved an exchange to another thread, so that nothing counts as unsent
 */
public record ExchangeState(
        Stage stage, ExchangeTarget target, int exchanges, boolean reused, boolean tls13, boolean offThread) {

    /** The stages of an attempt, in order. */
    public enum Stage {
        /** The request has not been passed to OkHttp. */
        NEW,
        /** The request is in OkHttp or an interceptor before it. */
        GIVEN,
        /** OkHttp looks for a connection: selects a proxy, resolves the name, connects. */
        SEARCHING,
        /** A TLS handshake is in progress. */
        TLS_HANDSHAKE,
        /** A new connection is established. */
        CONNECTED,
        /** The exchange has its connection; nothing has been sent on it. */
        ACQUIRED,
        /** The request is being sent, or has been. */
        SENDING,
        /** The response's headers have arrived. */
        ANSWERED,
        /** The network failed after sending had begun. */
        BROKEN,
        /** The network failed after the response's headers had arrived. */
        CUT,
        /** The response has been read to its end. */
        ENDED;

        /** Whether a connection is being established. */
        public boolean isConnecting() {
            return this == SEARCHING || this == TLS_HANDSHAKE || this == CONNECTED;
        }

        /** Whether OkHttp is known to have started, so that it would have reported anything sent. */
        boolean isKnown() {
            return compareTo(SEARCHING) >= 0;
        }
    }
}
