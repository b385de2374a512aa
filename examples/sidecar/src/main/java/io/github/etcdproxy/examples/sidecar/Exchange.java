package io.github.etcdproxy.examples.sidecar;

import okhttp3.Call;

/** One request on its way through, as other threads see it. Thread safe. */
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
     * Releases the member if the client has gone. One that has ended its side only, as some do right after their
     * request, can still be told an answer that comes at once; so it must be gone when this is called for the second
     * time.
     */
    void endIfClientIsGone() {
        if (client.isGone() && missed) {
            clientGone = true;
            call.cancel();
        }
        missed = client.isGone();
    }

    /** From now on the response is that of a watch, which has no end in sight. */
    void beginWatch() {
        watching = true;
    }

    /** Ends a watch, as if it were at its end. */
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

    /** Whether it broke off because the client has gone. */
    boolean isClientGone() {
        return clientGone;
    }
}
