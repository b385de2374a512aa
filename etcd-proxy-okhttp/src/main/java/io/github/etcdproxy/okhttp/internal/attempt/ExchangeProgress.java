package io.github.etcdproxy.okhttp.internal.attempt;

/**
 * How far one attempt has got, told by OkHttp's events. An attempt may see several exchanges: OkHttp repeats a read, follows a
 * redirect, answers a challenge.
 *
 * <pre>
 * NEW ─► GIVEN ─► SEARCHING ─► TLS_HANDSHAKE ─► CONNECTED ─► ACQUIRED ─► SENDING ─► ANSWERED ─► ENDED
 *          │          ▲  └──────────(http)──────────┘           ▲           │          │         │
 *          └──────────┼──── the call holds a connection ────────┤           └► BROKEN ◄┘         │
 *                     └──── the next exchange ◄─────────────────┴───────────────┴────────────────┘
 * </pre>
 *
 * <p>Begun by the attempt's own thread; written by the thread that works for the call. That is the attempt's own unless an interceptor between us and OkHttp moves
 * the work to another; then {@code offThread} is set, and nothing else is relied on.
 */
final class ExchangeProgress {
    private final Thread thread = Thread.currentThread();
    private Stage stage = Stage.NEW;
    private Target target = Target.MEMBER;

    /** How many exchanges have begun to be sent. */
    private int exchanges;

    private boolean reused;
    private boolean tls13;
    private volatile boolean offThread;

    /** Where an attempt is, in the order in which the stages follow each other. */
    enum Stage {
        /** Nothing has been given to OkHttp. */
        NEW,
        /** The request is with OkHttp, or an interceptor before it. */
        GIVEN,
        /** OkHttp looks for a connection: selects a proxy, resolves the name, connects. */
        SEARCHING,
        /** A TLS handshake is under way. */
        TLS_HANDSHAKE,
        /** A new connection stands. */
        CONNECTED,
        /** The exchange has its connection, and nothing has been sent on it. */
        ACQUIRED,
        /** The request is being sent, or has been. */
        SENDING,
        /** The head of a response has come. */
        ANSWERED,
        /** The network failed after sending had begun. */
        BROKEN,
        /** The network failed after the head of a response had come. */
        CUT,
        /** The response has been read to its end. */
        ENDED;

        boolean isConnecting() {
            return this == SEARCHING || this == TLS_HANDSHAKE || this == CONNECTED;
        }

        /** Whether OkHttp is known to have begun, so that it would have told of anything sent. */
        boolean isKnown() {
            return compareTo(SEARCHING) >= 0;
        }
    }

    /** To whom the exchange goes. */
    enum Target {
        /** The attempt's member. */
        MEMBER,
        /** Another server, to which the member redirected the call. */
        REDIRECTED,
        /** The same, from https to http. */
        DOWNGRADED,
        /** Another proxy in the same client has taken the call over. */
        OTHER_PROXY
    }

    /** What is known at one moment. Immutable. */
    record View(Stage stage, Target target, int exchanges, boolean reused, boolean tls13, boolean offThread) {}

    View view() {
        return new View(stage, target, exchanges, reused, tls13, offThread);
    }

    /** Whether it goes to the member, and not to where that redirected, or to another proxy. */
    boolean isAtMember() {
        return target == Target.MEMBER;
    }

    Target target() {
        return target;
    }

    boolean isReused() {
        return reused;
    }

    void given() {
        stage = Stage.GIVEN;
    }

    /** The exchange goes to a server. What another proxy has taken over stays with that. */
    void aim(Target server) {
        if (target != Target.OTHER_PROXY) {
            target = server;
        }
    }

    /** OkHttp looks for a connection to a server, and has none for it in its pool. */
    void searching(Target server) {
        noteThread();
        aim(server);
        released();
    }

    void secureConnectStart() {
        stage = Stage.TLS_HANDSHAKE;
    }

    void secureConnectEnd(boolean isTls13) {
        tls13 = isTls13;
        stage = Stage.SEARCHING;
    }

    void connected() {
        stage = Stage.CONNECTED;
    }

    /** The exchange got a connection: the one just made, or one from the pool. */
    void acquired() {
        reused = stage != Stage.CONNECTED;
        stage = Stage.ACQUIRED;
    }

    void released() {
        reused = false;
        stage = Stage.SEARCHING;
    }

    /** An exchange with a server is about to be sent, on a connection that was acquired or that the call held already. */
    void starting(Target server) {
        noteThread();
        aim(server);
        keepConnection();
    }

    /** Sending begins. A WebSocket's handshake comes here without {@link #starting}. */
    void sending() {
        noteThread();
        keepConnection();
        exchanges++;
        stage = Stage.SENDING;
    }

    void answered() {
        stage = Stage.ANSWERED;
    }

    void broken() {
        stage = stage == Stage.ANSWERED || stage == Stage.CUT ? Stage.CUT : Stage.BROKEN;
    }

    void ended() {
        stage = Stage.ENDED;
    }

    boolean isEnded() {
        return stage == Stage.ENDED;
    }

    /** Without an event in between, the connection is that of the exchange before, by this attempt or an earlier one. */
    private void keepConnection() {
        if (stage != Stage.ACQUIRED) {
            reused = true;
            stage = Stage.ACQUIRED;
        }
    }

    private void noteThread() {
        if (Thread.currentThread() != thread) {
            offThread = true;
        }
    }
}
