package io.github.etcdproxy.okhttp.internal.socket;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;

/** Has a call's thread wait for something, which it leaves at once when the call is cancelled or times out. */
public final class CallWait {

    private CallWait() {}

    /**
     * Returns when the future is done, in whatever way, or the time is up.
     *
     * @param what for the message, should the thread be interrupted
     * @throws IOException if the call was cancelled or the thread interrupted
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
            // The caller looks.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + what);
        } finally {
            canceled.complete(null); // lets go of what anyOf hung onto the long-lived future
        }
        if (call.isCanceled()) {
            throw new IOException("Canceled");
        }
    }
}
