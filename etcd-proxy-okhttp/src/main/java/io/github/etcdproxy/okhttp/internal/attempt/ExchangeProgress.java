package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.failover.ExchangeState;
import io.github.etcdproxy.okhttp.internal.failover.ExchangeState.Stage;
import io.github.etcdproxy.okhttp.internal.redirect.ExchangeTarget;

/**
 * The progress of one attempt, derived from OkHttp's events. An attempt may have several exchanges: OkHttp retries a
 * read, follows a redirect, answers a challenge.
 *
 * <pre>
 * NEW ─► GIVEN ─► SEARCHING ─► TLS_HANDSHAKE ─► CONNECTED ─► ACQUIRED ─► SENDING ─► ANSWERED ─► ENDED
 *          │          ▲  └──────────(http)──────────┘           ▲           │          │         │
 *          └──────────┼──── the call holds a connection ────────┤           └► BROKEN ◄┘         │
 *                     └──── the next exchange ◄─────────────────┴───────────────┴────────────────┘
 * </pre>
 *
 * <p>Created on the attempt's thread and written on the thread that runs the exchange. They are the same unless an
 * interceptor between us and OkHttp moves the exchange to another thread; then {@code offThread} is set, and nothing
 * counts as unsent any more.
 */
final class ExchangeProgress {
    private final Thread thread = Thread.currentThread();
    private Stage stage = Stage.NEW;
    private ExchangeTarget target = ExchangeTarget.MEMBER;

    /** The number of exchanges whose sending has begun. */
    private int exchanges;

    private boolean reused;
    private boolean tls13;
    private volatile boolean offThread;

    /** The present state. */
    ExchangeState state() {
        return new ExchangeState(stage, target, exchanges, reused, tls13, offThread);
    }

    /** Whether the exchange is with the member, not with a server that it redirected to or another proxy. */
    boolean isAtMember() {
        return target == ExchangeTarget.MEMBER;
    }

    ExchangeTarget target() {
        return target;
    }

    boolean isReused() {
        return reused;
    }

    void given() {
        stage = Stage.GIVEN;
    }

    /** Sets the server of the exchange. A call that another proxy has taken over stays with it. */
    void aim(ExchangeTarget server) {
        if (target != ExchangeTarget.OTHER_PROXY) {
            target = server;
        }
    }

    /** OkHttp looks for a connection to a server; its pool has none. */
    void searching(ExchangeTarget server) {
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

    /** The exchange has a connection: a new one, or one from the pool. */
    void acquired() {
        reused = stage != Stage.CONNECTED;
        stage = Stage.ACQUIRED;
    }

    void released() {
        reused = false;
        stage = Stage.SEARCHING;
    }

    /** An exchange with a server is about to be sent, on an acquired connection or one that the call already held. */
    void starting(ExchangeTarget server) {
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

    /** If there was no event, the connection is that of the previous exchange, of this attempt or an earlier one. */
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
