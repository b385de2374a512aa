package io.github.etcdproxy.okhttp.internal.call;

import io.github.etcdproxy.okhttp.internal.cancel.CancelableWait;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import okhttp3.Call;

/** Holds calls back until the first members are known; ends at once when a call is canceled or times out. */
final class ReadinessGate {
    private final CompletableFuture<?> ready;
    private final Duration timeout;

    ReadinessGate(CompletableFuture<?> ready, Duration timeout) {
        this.ready = ready;
        this.timeout = timeout;
    }

    /**
     * Returns when the proxy is ready, has been closed, or the time is up; the caller checks which.
     *
     * @throws IOException if the call was canceled or the thread interrupted
     */
    void await(Call call) throws IOException {
        CancelableWait.await(call, ready, timeout, "the first members of the cluster");
    }
}
