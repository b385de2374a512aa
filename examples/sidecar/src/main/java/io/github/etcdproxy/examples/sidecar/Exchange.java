package io.github.etcdproxy.examples.sidecar;

import java.nio.ByteBuffer;
import okhttp3.Call;

/** One request on its way through, as other threads see it. Thread safe. */
final class Exchange {
    private final Call call;
    private final ClientEndPoint client;
    private volatile boolean watching;
    private volatile boolean clientGone;
    private volatile boolean ended;

    Exchange(Call call, ClientEndPoint client) {
        this.call = call;
        this.client = client;
    }

    /** Releases the member if the client has gone. */
    void endIfClientIsGone(ByteBuffer scratch) {
        if (client.isGone(scratch)) {
            clientGone = true;
            call.cancel();
        }
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
