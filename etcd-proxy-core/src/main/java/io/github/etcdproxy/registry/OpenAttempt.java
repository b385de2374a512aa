package io.github.etcdproxy.registry;

import java.lang.ref.WeakReference;

/**
 * An attempt under way, from {@link HungMemberWatch#begin} to {@link #end}: to be told what becomes of it. Thread safe.
 *
 * <p>It refers to the attempt weakly: a response that an application forgets to close is not kept alive by us, so that the
 * HTTP client can find the leak.
 */
public final class OpenAttempt extends WeakReference<Attempt> {
    private final HungMemberWatch.Watched member;
    private final long beganAt;
    private volatile long waitingSince;

    // Guarded by the member.
    private int failedProbes;
    private long lastFailureBegan;

    OpenAttempt(HungMemberWatch.Watched member, Attempt attempt, long beganAt) {
        super(attempt);
        this.member = member;
        this.beganAt = beganAt;
        this.waitingSince = beganAt;
    }

    /** Since when something is awaited of the member: the beginning, or the last {@link #resume}. */
    long waitingSince() {
        return waitingSince;
    }

    /** Counts a probe that failed while this waited; returns how many have in a row since the member was last heard. */
    int probeFailed(long probeBegan, long heardAt) {
        failedProbes = failedProbes > 0 && heardAt - lastFailureBegan > 0 ? 1 : failedProbes + 1;
        lastFailureBegan = probeBegan;
        return failedProbes;
    }

    /** Tells that something has come from the member: it is not silent. */
    public void heard() {
        member.heard();
    }

    /**
     * Tells that the member responded as one that serves. If it had gone down before this attempt began, it is back; a
     * response to an older attempt says nothing about the time since.
     */
    public void responded() {
        member.responded(beganAt);
    }

    /**
     * Tells that the member is of no use at present: it could not be reached, broke off, or said itself that it can't serve.
     * It moves to the end of the order until a probe reaches it, and the next refresh is pulled forward.
     *
     * @param cause what happened, fit for an operator
     */
    public void failed(String cause) {
        member.failed(cause);
    }

    /**
     * Tells that something happened that need not be the member's fault: a connection that had stood for a while broke, say.
     * The member keeps its place until a probe, which begins now, fails.
     *
     * @param cause what happened, fit for an operator
     */
    public void suspect(String cause) {
        member.suspect(cause);
    }

    /**
     * Tells that the caller's patience ended before the member responded. The member is suspected; and if that happens
     * several times, one after the other, and it responds to nobody in between, it has failed, whatever it says to probes.
     *
     * @param cause what happened, fit for an operator
     */
    public void timedOut(String cause) {
        member.timedOut(cause, beganAt);
    }

    /** Tells that the attempt waits for the member once more after its end: for another response, or more of its body. */
    public void resume() {
        waitingSince = member.now();
        member.resumed(this);
    }

    /** Tells that nothing more is awaited of the member. Idempotent. */
    public void end() {
        member.ended(this);
    }
}
