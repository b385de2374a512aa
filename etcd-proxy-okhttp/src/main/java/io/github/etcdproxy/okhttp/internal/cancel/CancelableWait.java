package io.github.etcdproxy.okhttp.internal.cancel;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;

/** Blocks a call's thread until a future completes; ends at once when the call is canceled or times out. */
public final class CancelableWait {

    private CancelableWait() {}

    /**
     * Returns when the future is done, normally or not, or the time is up.
     *
     * @param what what is awaited, for the message if the thread is interrupted
     * @throws IOException if the call was canceled or the thread interrupted
     */
    public static void await(Call call, CompletableFuture<?> future, Duration timeout, String what) throws IOException {
        CompletableFuture<Void> canceled = new CompletableFuture<>();
        call.addEventListener(new EventListener() {
            @Override
            public void canceled(Call call) {
                canceled.complete(null);
            }
        });
        try {
            if (!call.isCanceled()) {
                CompletableFuture.anyOf(future, canceled).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (TimeoutException | ExecutionException e) {
            // The caller checks the future.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + what);
        } finally {
            canceled.complete(null); // releases the dependents that anyOf added to the long-lived future
        }
        if (call.isCanceled()) {
            throw new IOException("Canceled");
        }
    }
}
