package io.github.etcdproxy.examples.sidecar;

import okhttp3.Call;

/** A request being forwarded, as seen by other threads. Thread safe. */
final class Exchange {
    private final Call call;
    private final ClientEndPoint client;
    private volatile boolean watching;
    private volatile boolean clientGone;
    private boolean missed; // the one timer's
    private volatile boolean ended;

    Exchange(Call call, ClientEndPoint client) {
        this.call = call;
        this.client = client;
    }

    /**
     * Releases the member if the client has disconnected. A client that only half-closes, as some do right after their
     * request, can still receive an immediate response; so this acts only if the client is still gone on the second
     * call.
     */
    void endIfClientIsGone() {
        if (client.isGone() && missed) {
            clientGone = true;
            call.cancel();
        }
        missed = client.isGone();
    }

    /** Marks the response as that of a watch, which has no foreseeable end. */
    void beginWatch() {
        watching = true;
    }

    /** Ends a watch as if the member had ended it. */
    void endWatch() {
        if (watching && !call.isCanceled()) {
            ended = true;
            call.cancel();
        }
    }

    /** Whether the member's response broke off because it was {@linkplain #endWatch ended} here. */
    boolean isEnded() {
        return ended;
    }

    /** Whether it broke off because the client has disconnected. */
    boolean isClientGone() {
        return clientGone;
    }
}
