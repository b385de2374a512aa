package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.registry.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;

/** Holds calls back until the first members are known; a call that is cancelled, or times out, leaves at once. */
final class ReadyWait {
    private final CompletableFuture<Snapshot> ready;
    private final Duration timeout;

    ReadyWait(CompletableFuture<Snapshot> ready, Duration timeout) {
        this.ready = ready;
        this.timeout = timeout;
    }

    /**
     * Returns when the proxy is ready, has been closed, or the time is up; the caller looks which.
     *
     * @throws IOException if the call was cancelled or the thread interrupted
     */
    void await(Call call) throws IOException {
        CompletableFuture<Void> canceled = new CompletableFuture<>();
        call.addEventListener(new EventListener() {
            @Override
            public void canceled(Call call) {
                canceled.complete(null);
            }
        });
        try {
            if (!call.isCanceled()) {
                CompletableFuture.anyOf(ready, canceled).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (TimeoutException | ExecutionException e) {
            // Not ready in time, or closed: the snapshot tells.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the first members of the cluster");
        } finally {
            canceled.complete(null); // lets go of what anyOf hung onto the long-lived future
        }
        if (call.isCanceled()) {
            throw new IOException("Canceled");
        }
    }
}
