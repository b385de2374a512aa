package io.github.etcdproxy.okhttp.internal.watch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a watch, who ends it: by canceling or closing, by a deadline or by an interrupt. To OkHttp the call has
 * ended with its first response, so what OkHttp would do is done here. Thread safe.
 */
final class WatchCaller extends EventListener {
    private final Call call;
    private final @Nullable Long deadline;
    private final WatchReopener reopener;

    /** Completes when the caller cancels or closes. */
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private WatchCaller(Call call, @Nullable Long deadline, WatchReopener reopener) {
        this.call = call;
        this.deadline = deadline;
        this.reopener = reopener;
    }

    /**
     * The caller, to whose cancellation it listens from now on.
     *
     * @param deadline the caller's deadline by {@link System#nanoTime()}; null if there is none
     * @param reopener ends its call when the caller cancels
     */
    static WatchCaller of(Call call, @Nullable Long deadline, WatchReopener reopener) {
        WatchCaller caller = new WatchCaller(call, deadline, reopener);
        call.addEventListener(caller);
        return caller;
    }

    @Override
    public void canceled(Call canceled) {
        over.complete(null);
        reopener.cancelOurs();
    }

    /** The path of the watch, for messages. */
    String path() {
        return call.request().url().encodedPath();
    }

    /** The deadline by {@link System#nanoTime()}; null if there is none. */
    @Nullable
    Long deadline() {
        return deadline;
    }

    /** Whether the caller has canceled or closed. */
    boolean hasGone() {
        return over.isDone() || call.isCanceled();
    }

    /** Whether the caller has ended the watch: by canceling, closing, its deadline or an interrupt. */
    boolean isOver() {
        return hasGone() || isTimeUp(deadline) || Thread.currentThread().isInterrupted();
    }

    /**
     * Maps an exception that ended a read to the one that OkHttp throws if a call timed out or was canceled, or its
     * thread was interrupted.
     */
    IOException asCallersOwn(IOException e) {
        boolean told = e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
        if (told) {
            return e;
        }
        if (isTimeUp(deadline)) {
            return ended("timeout", e);
        }
        if (Thread.currentThread().isInterrupted()) {
            return ended("interrupted", e);
        }
        return call.isCanceled() ? new IOException("Canceled", e) : e;
    }

    private static IOException ended(String why, IOException cause) {
        return (IOException) new InterruptedIOException(why).initCause(cause);
    }

    private static boolean isTimeUp(@Nullable Long until) {
        return until != null && until - System.nanoTime() <= 0;
    }

    /** As in OkHttp: one exception for the call timeout, another for the read timeout. */
    IOException timedOut(@Nullable IOException cause) {
        InterruptedIOException timeout =
                isTimeUp(deadline) ? new InterruptedIOException("timeout") : new SocketTimeoutException("timeout");
        return cause == null ? timeout : (IOException) timeout.initCause(cause);
    }

    /** Waits, unless the caller cancels or closes before. */
    void await(long nanos) throws IOException {
        try {
            over.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a member to resume the watch");
        }
        throw new IOException("Canceled");
    }

    /**
     * Checks that the caller still waits.
     *
     * @param until the time until which it does; null for no limit
     */
    void requireWaiting(@Nullable Long until) throws IOException {
        if (isTimeUp(until)) {
            throw timedOut(null); // OkHttp may have canceled the call for this
        }
        if (call.isCanceled()) {
            throw new IOException("Canceled");
        }
    }

    /** Cancels the caller's own call. */
    void cancel() {
        call.cancel();
    }

    /** The caller has closed the body. */
    void close() {
        over.complete(null);
    }
}
