package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.internal.backoff.Backoff;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import io.github.etcdproxy.okhttp.internal.cancel.UndeclaredExceptions;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Taken;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Interceptor.Chain;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.AsyncTimeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reopens a caller's watch on a member, retrying without a limit. It makes separate calls, since the caller's call has
 * ended with its first response. They end when the caller's call is canceled or its deadline passes. Used by the
 * reading thread; may be closed by any thread.
 */
final class WatchReopener {
    private static final Logger log = LoggerFactory.getLogger(WatchReopener.class);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), LONGEST_PAUSE);

    private final Call callers;
    private final ResumableWatches watches;

    /** The caller's deadline by {@link System#nanoTime()}; null if there is none. */
    private final @Nullable Long deadline;

    /** Used for its settings only. */
    private final Chain chain;

    private @Nullable OkHttpClient client;

    /** Completes when the caller cancels or closes. */
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private volatile @Nullable Call ours;
    private long openedAt = System.nanoTime();

    /** Attempts since the last message. */
    private int attemptsSinceProgress;

    /**
     * Created while the caller's call is still in the interceptor.
     *
     * @param deadline the caller's deadline by {@link System#nanoTime()}; null if there is none
     */
    WatchReopener(Chain chain, @Nullable Long deadline, ResumableWatches watches) {
        this.chain = chain;
        this.callers = chain.call();
        this.deadline = deadline;
        this.watches = watches;
        callers.addEventListener(new EventListener() {
            @Override
            public void canceled(Call call) {
                over.complete(null);
                cancelOurs();
            }
        });
    }

    /** Whether the caller has ended the watch: by canceling, closing or its deadline. */
    boolean isOver() {
        return over.isDone()
                || callers.isCanceled()
                || isTimeUp(deadline)
                || Thread.currentThread().isInterrupted()
                || watches.isClosed();
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
        return callers.isCanceled() ? new IOException("Canceled", e) : e;
    }

    private static IOException ended(String why, IOException cause) {
        return (IOException) new InterruptedIOException(why).initCause(cause);
    }

    private static boolean isTimeUp(@Nullable Long until) {
        return until != null && until - System.nanoTime() <= 0;
    }

    /** Logs that the watch can't be resumed any more. */
    void logEnd(long limit) {
        log.warn(
                "A message of the watch {} is longer than {} bytes: it is passed on as it comes, and if its member fails, the"
                        + " watch ends; watch fewer keys, or from a later revision",
                callers.request().url().encodedPath(),
                limit);
    }

    /** A message has arrived, so the next failure is a new one. */
    void taken(Taken taken) {
        if (taken.isProgress()) {
            attemptsSinceProgress = 0;
        }
    }

    /** The current response is closed before its end. */
    void leave() {
        cancelOurs();
    }

    /**
     * Opens the watch at the caller's position.
     *
     * @param cause the reason; empty if there was no failure
     * @param patience the time until which the caller waits for a member; null for no limit
     * @return a member's response; null if the next events are no longer available
     * @throws IOException if the caller's call has ended, or a member rejects the watch permanently
     */
    @Nullable
    Response open(WatchCursor position, String cause, @Nullable Long patience) throws IOException {
        long began = System.nanoTime();
        if (began - openedAt > LONGEST_PAUSE.toNanos()) {
            attemptsSinceProgress = 0; // the last response lasted long enough
        }
        Long until = CallDeadline.earlier(deadline, patience);
        while (true) {
            pause(until);
            Response response;
            try {
                response = send(position.request(), patience);
            } catch (EtcdProxyException e) {
                if (!isTransient(e.status())) {
                    throw e;
                }
                continue; // no member responds
            }
            if (response.code() == 200) {
                openedAt = System.nanoTime();
                if (!isOpened(position, response)) {
                    return null;
                }
                if (!cause.isEmpty()) {
                    watches.tell(new ResumedWatch(
                            callers.request().url().encodedPath(),
                            position.next(),
                            cause,
                            Duration.ofNanos(System.nanoTime() - began)));
                }
                return response;
            }
            try (response) {
                if (position.isCleared(response)) {
                    return null;
                }
                if (!isTransient(response.code())) {
                    throw new IOException("the watch can't be resumed at " + Long.toUnsignedString(position.next())
                            + ": " + response.request().url() + " answered " + response.code());
                }
            }
        }
    }

    private static boolean isOpened(WatchCursor position, Response response) throws IOException {
        boolean opened = false;
        try {
            if (response.header("Content-Encoding") != null) {
                throw new IOException("the watch can't be resumed: the response is compressed, unlike the first");
            }
            opened = position.opened(response);
        } finally {
            if (!opened) {
                response.close();
            }
        }
        return opened;
    }

    /** Whether a status is transient. 408, and 499 of later gateways, come from a member that is stopping. */
    private static boolean isTransient(int status) {
        return switch (status) {
            case 408, 429, 499, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    /**
     * Sends a request and waits for the response's headers.
     *
     * @param patience the time until which the caller waits for them; the deadline also applies to the body
     */
    private Response send(Request request, @Nullable Long patience) throws IOException {
        OkHttpClient ourClient = client;
        if (ourClient == null) {
            ourClient = watches.clientFor(chain);
            client = ourClient;
        }
        Call call = ourClient.newCall(request);
        if (deadline != null) {
            call.timeout().timeout(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        ours = call;
        if (callers.isCanceled() || over.isDone()) {
            call.cancel(); // either this thread or the other one cancels it
        }
        AsyncTimeout waiting = cancelling(call);
        if (patience != null) {
            waiting.timeout(Math.max(1, patience - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        waiting.enter();
        IOException failure;
        try {
            Response response = call.execute();
            if (!waiting.exit()) {
                return response;
            }
            response.close();
            failure = new IOException("Canceled");
        } catch (Exception e) { // Kotlin interceptors may throw undeclared exceptions
            failure = UndeclaredExceptions.asIo(e);
            if (!waiting.exit()) {
                throw failure;
            }
        }
        throw timedOut(failure);
    }

    private static AsyncTimeout cancelling(Call call) {
        return new AsyncTimeout() {
            @Override
            protected void timedOut() {
                call.cancel();
            }
        };
    }

    /** As in OkHttp: one exception for the call timeout, another for the read timeout. */
    private IOException timedOut(@Nullable IOException cause) {
        InterruptedIOException timeout =
                isTimeUp(deadline) ? new InterruptedIOException("timeout") : new SocketTimeoutException("timeout");
        return cause == null ? timeout : (IOException) timeout.initCause(cause);
    }

    /** Waits for the members to come back, longer each time; with jitter, since many watches may be waiting. */
    private void pause(@Nullable Long until) throws IOException {
        if (attemptsSinceProgress > 0) {
            long pause = Backoff.halved(BACKOFF.after(attemptsSinceProgress), watches.random())
                    .toNanos();
            await(until == null ? pause : Math.max(1, Math.min(pause, until - System.nanoTime())));
        }
        if (isTimeUp(until)) {
            throw timedOut(null); // OkHttp may have canceled the call for this
        }
        if (callers.isCanceled()) {
            throw new IOException("Canceled");
        }
        if (watches.isClosed()) {
            throw new IOException("the watch can't be resumed: the proxy has been closed");
        }
        attemptsSinceProgress++;
    }

    private void await(long nanos) throws IOException {
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

    private void cancelOurs() {
        Call call = ours;
        if (call != null) {
            call.cancel();
        }
    }

    /** Cancels the caller's own call if its response is still being read. */
    void cancelFirst() {
        if (ours == null) {
            callers.cancel();
        }
    }

    void close() {
        over.complete(null);
        cancelOurs();
    }
}
