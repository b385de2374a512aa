package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.internal.backoff.Backoff;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import io.github.etcdproxy.okhttp.internal.cancel.UndeclaredExceptions;
import io.github.etcdproxy.okhttp.internal.failover.SkippedMembers;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Taken;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Then;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.HttpUrl;
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

    private final WatchCaller caller;
    private final ResumableWatches watches;

    /** Used for its settings only. */
    private final Chain chain;

    private @Nullable OkHttpClient client;
    private volatile @Nullable Call ours;
    private long openedAt = System.nanoTime();

    /** The URL of the current response; null if it is not from the network. */
    private @Nullable HttpUrl member;

    /** The members that don't know the token of the watch. */
    private SkippedMembers refusing = new SkippedMembers(List.of());

    /** Attempts since the last message. */
    private int attemptsSinceProgress;

    /**
     * Created while the caller's call is still in the interceptor.
     *
     * @param first the first response
     * @param deadline the caller's deadline by {@link System#nanoTime()}; null if there is none
     */
    WatchReopener(Chain chain, Response first, @Nullable Long deadline, ResumableWatches watches) {
        this.member = memberOf(first);
        this.chain = chain;
        this.watches = watches;
        this.caller = WatchCaller.of(chain.call(), deadline, this);
    }

    /** Whether the caller, or the proxy, has ended the watch. */
    boolean isOver() {
        return caller.isOver() || watches.isClosed();
    }

    /** Maps an exception that ended a read, as {@link WatchCaller#asCallersOwn}. */
    IOException asCallersOwn(IOException e) {
        return caller.asCallersOwn(e);
    }

    /** Logs that the watch can't be resumed any more. */
    void logEnd(long limit) {
        log.warn(
                "A message of the watch {} is longer than {} bytes: it is passed on as it comes, and if its member fails, the"
                        + " watch ends; watch fewer keys, or from a later revision",
                caller.path(),
                limit);
    }

    /** A message has arrived, so the next failure is a new one. */
    void taken(Taken taken) {
        if (taken.isProgress()) {
            attemptsSinceProgress = 0;
        }
        if (taken.then() != Then.ASK_OTHERS
                && (taken.isProgress() || !taken.cause().isEmpty())) {
            refusing = new SkippedMembers(List.of());
        }
    }

    private static @Nullable HttpUrl memberOf(Response response) {
        Response network = response.networkResponse();
        return network == null ? null : network.request().url();
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
     * @return a member's response; null if the next events are no longer available, or no member knows the token
     * @throws IOException if the caller's call has ended, or a member rejects the watch permanently
     */
    @Nullable
    Response open(WatchCursor position, String cause, @Nullable Long patience) throws IOException {
        long began = System.nanoTime();
        if (began - openedAt > LONGEST_PAUSE.toNanos()) {
            attemptsSinceProgress = 0; // the last response lasted long enough
        }
        Long until = CallDeadline.earlier(caller.deadline(), patience);
        while (true) {
            pause(until);
            Response response = sendTolerantly(position.request(), patience);
            if (response == null) {
                continue; // no member responds
            }
            if (response.code() == 200) {
                openedAt = System.nanoTime();
                if (!isOpened(position, response)) {
                    return null;
                }
                if (!cause.isEmpty()) {
                    Duration time = Duration.ofNanos(System.nanoTime() - began);
                    watches.tell(new ResumedWatch(caller.path(), position.next(), cause, time));
                }
                return response;
            }
            if (isCleared(position, response)) {
                return null;
            }
        }
    }

    /**
     * Opens the watch at a member that has not refused its token yet.
     *
     * @param patience the time until which the caller waits for a member; null for no limit
     * @return a member's response; null if there is no such member
     * @throws IOException if the caller's call has ended
     */
    @Nullable
    Response openAtOther(WatchCursor position, @Nullable Long patience) throws IOException {
        HttpUrl current = member;
        if (current == null || refusing.contains(current)) {
            return null;
        }
        List<HttpUrl> urls = new ArrayList<>(refusing.urls());
        urls.add(current);
        refusing = new SkippedMembers(urls);
        pause(CallDeadline.earlier(caller.deadline(), patience));
        Request request = position.request()
                .newBuilder()
                .tag(SkippedMembers.class, refusing)
                .build();
        Response response = sendTolerantly(request, patience);
        if (response == null || response.code() == 200) {
            openedAt = System.nanoTime();
            return response != null && isOpened(position, response) ? response : null;
        }
        response.close();
        return null;
    }

    /** Sends a request; null if that failed in a way that may pass. */
    private @Nullable Response sendTolerantly(Request request, @Nullable Long patience) throws IOException {
        try {
            return send(request, patience);
        } catch (EtcdProxyException e) {
            if (!isTransient(e.status())) {
                throw e;
            }
            return null;
        }
    }

    /** Closes a response other than 200, and tells whether that is the end of the watch. */
    private static boolean isCleared(WatchCursor position, Response response) throws IOException {
        try (response) {
            if (position.isCleared(response) || position.isTokenUnknown(response)) {
                return true;
            }
            if (!isTransient(response.code())) {
                throw new IOException("the watch can't be resumed at " + Long.toUnsignedString(position.next()) + ": "
                        + response.request().url() + " answered " + response.code());
            }
            return false;
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
        Long deadline = caller.deadline();
        if (deadline != null) {
            call.timeout().timeout(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        ours = call;
        if (caller.hasGone()) {
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
                member = memberOf(response);
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
        throw caller.timedOut(failure);
    }

    private static AsyncTimeout cancelling(Call call) {
        return new AsyncTimeout() {
            @Override
            protected void timedOut() {
                call.cancel();
            }
        };
    }

    /** Waits for the members to come back, longer each time; with jitter, since many watches may be waiting. */
    private void pause(@Nullable Long until) throws IOException {
        if (attemptsSinceProgress > 0) {
            long pause = Backoff.halved(BACKOFF.after(attemptsSinceProgress), watches.random())
                    .toNanos();
            caller.await(until == null ? pause : Math.max(1, Math.min(pause, until - System.nanoTime())));
        }
        caller.requireWaiting(until);
        if (watches.isClosed()) {
            throw new IOException("the watch can't be resumed: the proxy has been closed");
        }
        attemptsSinceProgress++;
    }

    /** Cancels the call that is under way, if there is one. */
    void cancelOurs() {
        Call call = ours;
        if (call != null) {
            call.cancel();
        }
    }

    /** Cancels the caller's own call if its response is still being read. */
    void cancelFirst() {
        if (ours == null) {
            caller.cancel();
        }
    }

    void close() {
        caller.close();
        cancelOurs();
    }
}
