package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.okhttp.WatchPosition.Taken;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Opens one caller's watch on a member again, for as long as it takes: by calls of its own, since the caller's has ended with
 * its first answer. They end when the caller's call is cancelled or its time is up. Used by the reading thread; may be closed
 * by any.
 */
final class WatchReopening {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Call callers;
    private final Watches watches;

    /** When the caller's time is up, by {@link System#nanoTime()}; null if it has as much as it takes. */
    private final @Nullable Long deadline;

    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile @Nullable Call ours;

    /** How often it was opened, or tried, since something was taken. */
    private int inVain;

    WatchReopening(Call callers, @Nullable Long deadline, Watches watches) {
        this.callers = callers;
        this.deadline = deadline;
        this.watches = watches;
        callers.addEventListener(new EventListener() {
            @Override
            public void canceled(Call call) {
                cancelOurs();
            }
        });
    }

    /** Whether a failure is no member's, but the end of the caller's patience. */
    boolean isOver(IOException e) {
        Call call = ours;
        return callers.isCanceled()
                || (call != null && call.isCanceled())
                || Thread.currentThread().isInterrupted()
                || watches.isClosed();
    }

    /** Something has come, so that the next failure is a new one. */
    void taken(Taken taken) {
        if (taken.cause().isEmpty()) {
            inVain = 0;
        }
    }

    /**
     * Opens the watch where the caller has got to.
     *
     * @param cause why; empty if nothing is wrong
     * @return a member's answer; null if what comes next is not known any more
     * @throws IOException if the caller's call is over, or a member says that there can be no such watch
     */
    @Nullable
    Response open(WatchPosition position, String cause) throws IOException {
        long began = System.nanoTime();
        while (true) {
            pause();
            Response response;
            try {
                response = send(position.request());
            } catch (EtcdProxyException e) {
                continue; // none of the members answers
            }
            if (response.code() == 200) {
                if (!position.opened(response)) {
                    response.close();
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

    /** Whether an answer is of the moment. 408, and 499 of later gateways, is that of a member that is stopping. */
    private static boolean mayPass(int status) {
        return status >= 500 || status == 408 || status == 429 || status == 499;
    }

    private Response send(Request request) throws IOException {
        Call call = watches.client().newCall(request);
        if (deadline != null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new InterruptedIOException("timeout");
            }
            call.timeout().timeout(left, TimeUnit.NANOSECONDS);
        }
        ours = call;
        if (callers.isCanceled() || closed.isDone()) {
            call.cancel(); // either this or the other thread sees it
        }
        Response response = Proceeding.with(call::execute);
        if (response.code() != 200 && watches.isClosed()) {
            response.close();
            throw new IOException("the watch can't go on: the proxy has been closed");
        }
        return response;
    }

    /** A moment for the members to come back, longer each time; with jitter, since many watches may wait for the same. */
    private void pause() throws IOException {
        if (inVain > 0) {
            Duration longest = FIRST_PAUSE.multipliedBy(1L << Math.min(inVain - 1, 10));
            if (longest.compareTo(LONGEST_PAUSE) > 0) {
                longest = LONGEST_PAUSE;
            }
            Duration pause = watches.jittered(longest);
            if (deadline != null) {
                pause = Duration.ofNanos(Math.max(1, Math.min(pause.toNanos(), deadline - System.nanoTime())));
            }
            CallWait.await(callers, closed, pause, "a member that goes on with the watch");
            if (closed.isDone()) {
                throw new IOException("closed");
            }
        }
        inVain++;
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
        closed.complete(null);
        cancelOurs();
    }
}
