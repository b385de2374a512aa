package io.github.etcdproxy.registry;

import java.lang.ref.WeakReference;

/**
 * An attempt under way, from {@link ClientUrlRegistry#begin} to {@link #end}. Thread safe.
 *
 * <p>It refers to the attempt weakly: a response that an application forgets to close is not kept alive by us, so that the
 * HTTP client can find the leak.
 */
public final class OpenAttempt extends WeakReference<Attempt> {
    private final HungMemberWatch.Watched member;
    private final long beganAt;

    OpenAttempt(HungMemberWatch.Watched member, Attempt attempt, long beganAt) {
        super(attempt);
        this.member = member;
        this.beganAt = beganAt;
    }

    long beganAt() {
        return beganAt;
    }

    /**
     * Tells that the member responded, with whatever status: it is alive. If it had gone down before this attempt began, it
     * is back; a response to an older attempt says nothing about the time since.
     */
    public void heard() {
        member.heard(beganAt);
    }

    /** Tells that the attempt waits for the member once more after its end, since what it got was not the last response. */
    public void resume() {
        member.resumed(this);
    }

    /** Tells that nothing more is awaited of the member. Idempotent. */
    public void end() {
        member.ended(this);
    }
}
