package io.github.etcdproxy.examples.sidecar;

import java.nio.ByteBuffer;
import okhttp3.Call;

/** One request on its way through, as other threads see it. Thread safe. */
final class Exchange {
    private final Call call;
    private final ClientEndPoint client;
    private volatile boolean streaming;
    private volatile boolean ended;

    Exchange(Call call, ClientEndPoint client) {
        this.call = call;
        this.client = client;
    }

    /** Releases the member if the client has gone. */
    void endIfClientIsGone(ByteBuffer scratch) {
        if (client.isGone(scratch)) {
            call.cancel();
        }
    }

    /** From now on the response is passed on without an end in sight. */
    void beginStreaming() {
        streaming = true;
    }

    /** Ends a response without an end in sight, as if it were at its end. */
    void endStream() {
        if (streaming) {
            ended = true;
            call.cancel();
        }
    }

    /** Whether the member's response broke off because it was {@linkplain #endStream ended} here. */
    boolean isEnded() {
        return ended;
    }
}
