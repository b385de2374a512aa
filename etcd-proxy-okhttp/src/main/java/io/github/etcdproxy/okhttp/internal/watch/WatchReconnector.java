package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.http.CallDeadline;
import io.github.etcdproxy.okhttp.internal.http.CheckedExceptions;
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
 * Opens one caller's watch on a member again, for as long as it takes: by calls of its own, since the caller's has ended with
 * its first answer. They end when the caller's call is cancelled or its time is up. Used by the reading thread; may be closed
 * by any.
 */
final class WatchReconnector {
    private static final Logger log = LoggerFactory.getLogger(WatchReconnector.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Call callers;
    private final WatchResumer watches;

    /** When the caller's time is up, by {@link System#nanoTime()}; null if it has as much as it takes. */
    private final @Nullable Long deadline;

    /** Asked for its settings only. */
    private final Chain chain;

    private @Nullable OkHttpClient client;

    /** Done when the caller has cancelled or closed. */
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private volatile @Nullable Call ours;
    private long openedAt = System.nanoTime();

    /** How often it was opened, or tried, since something was taken. */
    private int inVain;

    /**
     * To be made while the caller's call is still being intercepted.
     *
     * @param deadline when the caller's time is up, by {@link System#nanoTime()}; null if never
     */
    WatchReconnector(Chain chain, @Nullable Long deadline, WatchResumer watches) {
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

    /** Whether a failure is no member's, but the end of the caller's patience. */
    boolean isOver() {
        return over.isDone()
                || callers.isCanceled()
                || isTimeUp(deadline)
                || Thread.currentThread().isInterrupted()
                || watches.isClosed();
    }

    /**
     * The exception for one that ended a read: as OkHttp has it for a body whose call timed out, or was cancelled, or whose thread
     * was interrupted.
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

    /** Tells in the log that the watch does not survive its member from now on. */
    void logEnd(long limit) {
        log.warn(
                "A message of the watch {} is longer than {} bytes: it is passed on as it comes, and if its member fails, the"
                        + " watch ends; watch fewer keys, or from a later revision",
                callers.request().url().encodedPath(),
                limit);
    }

    /** Something has come, so that the next failure is a new one. */
    void taken(Taken taken) {
        if (taken.isProgress()) {
            inVain = 0;
        }
    }

    /** The present answer is left before its end, which for one of ours is at once. */
    void leave() {
        cancelOurs();
    }

    /**
     * Opens the watch where the caller has got to.
     *
     * @param cause why; empty if nothing is wrong
     * @param patience until when the caller waits for a member at the most; null for ever
     * @return a member's answer; null if what comes next is not known any more
     * @throws IOException if the caller's call is over, or a member says that there can be no such watch
     */
    @Nullable
    Response open(WatchCursor position, String cause, @Nullable Long patience) throws IOException {
        long began = System.nanoTime();
        if (began - openedAt > LONGEST_PAUSE.toNanos()) {
            inVain = 0; // it was worth while
        }
        Long until = CallDeadline.earlier(deadline, patience);
        while (true) {
            pause(until);
            Response response;
            try {
                response = send(position.request(), patience);
            } catch (EtcdProxyException e) {
                if (!mayPass(e.status())) {
                    throw e;
                }
                continue; // none of the members answers
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
                if (!mayPass(response.code())) {
                    throw new IOException("the watch can't go on at " + Long.toUnsignedString(position.next()) + ": "
                            + response.request().url() + " answered " + response.code());
                }
            }
        }
    }

    private static boolean isOpened(WatchCursor position, Response response) throws IOException {
        boolean opened = false;
        try {
            if (response.header("Content-Encoding") != null) {
                throw new IOException("the watch can't go on: the answer is compressed, as the first was not");
            }
            opened = position.opened(response);
        } finally {
            if (!opened) {
                response.close();
            }
        }
        return opened;
    }

    /** Whether an answer is of the moment. 408, and 499 of later gateways, is that of a member that is stopping. */
    private static boolean mayPass(int status) {
        return switch (status) {
            case 408, 429, 499, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    /**
     * Sends a request and waits for the head of its response.
     *
     * @param patience until when the caller waits for that; the deadline holds for what follows, too
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
            call.cancel(); // either this or the other thread sees it
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
        } catch (Exception e) { // in Kotlin, whatever an interceptor declares
            failure = CheckedExceptions.asIo(e);
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

    /** As OkHttp has it: one exception for the call's time, another for the time of one read. */
    private IOException timedOut(@Nullable IOException cause) {
        InterruptedIOException timeout =
                isTimeUp(deadline) ? new InterruptedIOException("timeout") : new SocketTimeoutException("timeout");
        return cause == null ? timeout : (IOException) timeout.initCause(cause);
    }

    /** A moment for the members to come back, longer each time; with jitter, since many watches may wait for the same. */
    private void pause(@Nullable Long until) throws IOException {
        if (inVain > 0) {
            Duration longest = FIRST_PAUSE.multipliedBy(1L << Math.min(inVain - 1, 10));
            long pause = watches.jittered(longest.compareTo(LONGEST_PAUSE) < 0 ? longest : LONGEST_PAUSE)
                    .toNanos();
            await(until == null ? pause : Math.max(1, Math.min(pause, until - System.nanoTime())));
        }
        if (isTimeUp(until)) {
            throw timedOut(null); // for which OkHttp may have cancelled the call
        }
        if (callers.isCanceled()) {
            throw new IOException("Canceled");
        }
        if (watches.isClosed()) {
            throw new IOException("the watch can't go on: the proxy has been closed");
        }
        inVain++;
    }

    private void await(long nanos) throws IOException {
        try {
            over.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a member that goes on with the watch");
        }
        throw new IOException("Canceled");
    }

    private void cancelOurs() {
        Call call = ours;
        if (call != null) {
            call.cancel();
        }
    }

    /** Cancels the caller's own call, if it is that which is still being read. */
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
