package io.github.etcdproxy.registry;

import org.jspecify.annotations.Nullable;

/**
 * A handle by which an attempt reports its progress and result; from {@link HangDetector#begin} or {@link
 * HangDetector#prepare}. Thread safe.
 *
 * <p>The attempt is held only between {@link #resume} and {@link #end}, while a thread waits for the member. A response
 * that an application forgets to close is not kept alive by this, so that the HTTP client can find the leak.
 *
 * @since 0.1
 */
public final class AttemptHandle {
    private final HangDetector.Watched member;
    private final WaitingAttempt attempt;

    /** When the first wait began; does not change afterwards. */
    private long beganAt;

    /** When the current wait began. A volatile write publishes the fields beside it. */
    private volatile long waitingSince;

    /** The thread that waits; null before the first wait. */
    private @Nullable Thread waiter;

    /**
     * The probes that failed since the member was last heard; null if none has. Guarded by the lock of the member's
     * {@code Watched}.
     */
    private @Nullable FailedProbes failedProbes;

    private record FailedProbes(int count, long lastBegan) {}

    AttemptHandle(HangDetector.Watched member, WaitingAttempt attempt) {
        this.member = member;
        this.attempt = attempt;
    }

    WaitingAttempt attempt() {
        return attempt;
    }

    /** The ticker's reading at which the wait began: at the start of the attempt or the last {@link #resume}. */
    long waitingSince() {
        return waitingSince;
    }

    /**
     * Whether the waiting thread has been interrupted.
     *
     * @return the interrupt status of the thread that began the attempt or last resumed it
     */
    public boolean isInterrupted() {
        Thread thread = waiter;
        return thread != null && thread.isInterrupted();
    }

    /**
     * Counts a probe that failed during the wait; returns the number of consecutive failures since the member was last
     * heard.
     */
    int probeFailed(long probeBegan, long heardAt) {
        FailedProbes before = failedProbes;
        int count = before == null || heardAt - before.lastBegan() > 0 ? 1 : before.count() + 1;
        failedProbes = new FailedProbes(count, probeBegan);
        return count;
    }

    /** Reports that data has arrived from the member. */
    public void heard() {
        member.heard();
    }

    /**
     * Reports that the member, which was {@linkplain #heard heard}, is able to serve. If it went down before this
     * attempt began, it is up again; a response to an older attempt does not count.
     */
    public void responded() {
        member.responded(beganAt);
    }

    /**
     * Reports that the member failed: it could not be reached, broke off, or said that it can't serve. It moves to the
     * end of the order until a probe reaches it, and the next refresh is pulled forward.
     *
     * @param reason what happened, on one line
     */
    public void failed(String reason) {
        member.failed(reason);
    }

    /**
     * Reports an inconclusive failure, for example a broken pooled connection. A probe starts at once; the member keeps
     * its place unless the probe fails.
     *
     * @param reason what happened, on one line
     */
    public void suspect(String reason) {
        member.suspect(reason);
    }

    /**
     * Reports that the caller's timeout ended the attempt before the member responded. The member is probed; after
     * several consecutive timeouts without a response, it has failed even if it answers probes.
     *
     * @param reason what happened, on one line
     */
    public void timedOut(String reason) {
        member.timedOut(reason, beganAt);
    }

    /**
     * Marks the attempt as waiting for the member, for the first time or again after {@link #end}. Called by the
     * waiting thread.
     */
    public void resume() {
        long now = member.now();
        if (waiter == null) {
            beganAt = now;
        }
        waiter = Thread.currentThread();
        waitingSince = now;
        member.resumed(this);
    }

    /** Marks the attempt as not waiting. Idempotent. */
    public void end() {
        member.ended(this);
    }

    /** Avoids the cost of an identity hash. */
    @Override
    public int hashCode() {
        return Long.hashCode(beganAt * 0x9E3779B97F4A7C15L);
    }
}
