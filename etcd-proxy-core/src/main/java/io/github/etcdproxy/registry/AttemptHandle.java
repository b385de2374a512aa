package io.github.etcdproxy.registry;

import org.jspecify.annotations.Nullable;

/**
 * An attempt under way, from {@link HangDetector#begin} or {@link
 * HangDetector#prepare} on: to be told what becomes of it. Thread safe.
 *
 * <p>The attempt is held only between {@link #resume} and {@link #end}, while a thread waits for the member. A response that an
 * application forgets to close is not kept alive by this, so that the HTTP client can find the leak.
 */
public final class AttemptHandle {
    private final HangDetector.Watched member;
    private final Abortable attempt;

    /** When the first wait began; fixed from then on. */
    private long beganAt;

    /** When the present wait began. Publishes what stands beside it. */
    private volatile long waitingSince;

    /** The thread that waits; null before the first wait. */
    private @Nullable Thread waiter;

    /** The probes that failed since the member was last heard; null if none has. Guarded by the member. */
    private @Nullable FailedProbes failedProbes;

    private record FailedProbes(int count, long lastBegan) {}

    AttemptHandle(HangDetector.Watched member, Abortable attempt) {
        this.member = member;
        this.attempt = attempt;
    }

    Abortable attempt() {
        return attempt;
    }

    /** The reading at which the wait began: the beginning, or the last {@link #resume}. */
    long waitingSince() {
        return waitingSince;
    }

    /**
     * Whether the thread that waits has been interrupted.
     *
     * @return its interrupt status, that of the thread that began the attempt or resumed it last
     */
    public boolean isInterrupted() {
        Thread thread = waiter;
        return thread != null && thread.isInterrupted();
    }

    /** Counts a probe that failed during the wait; returns how many consecutive ones have since the member was last heard. */
    int probeFailed(long probeBegan, long heardAt) {
        FailedProbes before = failedProbes;
        int count = before == null || heardAt - before.lastBegan() > 0 ? 1 : before.count() + 1;
        failedProbes = new FailedProbes(count, probeBegan);
        return count;
    }

    /** Tells that something has come from the member: it is not silent. */
    public void heard() {
        member.heard();
    }

    /**
     * Tells that the member, which was {@linkplain #heard heard}, responded as one that serves. If it had gone down before this attempt began, it is back; a
     * response to an older attempt says nothing about the time since.
     */
    public void responded() {
        member.responded(beganAt);
    }

    /**
     * Tells that the member is of no use at present: it could not be reached, broke off, or said itself that it can't serve.
     * It moves to the end of the order until a probe reaches it, and the next refresh is pulled forward.
     *
     * @param reason what happened, in a line for an operator
     */
    public void failed(String reason) {
        member.failed(reason);
    }

    /**
     * Tells that something happened that need not be the member's fault: a pooled connection broke, for example. The member
     * keeps its place until a probe, which begins now, fails.
     *
     * @param reason what happened, in a line for an operator
     */
    public void suspect(String reason) {
        member.suspect(reason);
    }

    /**
     * Tells that the caller's own timeout ended the attempt before the member responded. The member is suspected; if that
     * happens several times, one after the other, without a response in between, it has failed, whatever it says to probes.
     *
     * @param reason what happened, in a line for an operator
     */
    public void timedOut(String reason) {
        member.timedOut(reason, beganAt);
    }

    /** Tells that this thread waits for the member, for the first time, or once more after {@link #end}. */
    public void resume() {
        long now = member.now();
        if (waiter == null) {
            beganAt = now;
        }
        waiter = Thread.currentThread();
        waitingSince = now;
        member.resumed(this);
    }

    /** Tells that nothing more is awaited of the member. Idempotent. */
    public void end() {
        member.ended(this);
    }

    /** Spreads handles over a hash table without the cost of an identity hash. */
    @Override
    public int hashCode() {
        return Long.hashCode(beganAt * 0x9E3779B97F4A7C15L);
    }
}
