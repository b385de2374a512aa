package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.okhttp.FailoverPolicy;
import io.github.etcdproxy.okhttp.internal.failover.AttemptFailure.Cause;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Decides whether a failed call may be sent to the next member. Pure functions. */
public final class ReplayRule {

    private ReplayRule() {}

    /** The next step after an attempt. */
    public enum NextStep {
        /** Returns the response to the caller. */
        RETURN,
        /** Throws the exception to the caller, as without a proxy. */
        RETHROW,
        /** Reports to the caller that the proxy is read-only. */
        REFUSE,
        /** Tries the same member with another connection. */
        RECONNECT,
        /** Tries the next member, and the same one again at the end. */
        TRY_NEXT_THEN_SAME,
        /** Tries the next member, if there is one. */
        TRY_NEXT,
        /** Reports to the caller that no member responded. */
        GIVE_UP
    }

    /**
     * Decides the next step after an attempt.
     *
     * @param result the attempt's result
     * @param members the members that the call tries
     */
    public static NextStep next(Request request, RequestKind kind, AttemptResult result, MemberSelector members) {
        if (result instanceof AttemptResult.Failed failed) {
            return afterFailure(request, kind, failed.failure(), members);
        }
        if (result instanceof AttemptResult.Answered || members.isLast()) {
            return NextStep.RETURN;
        }
        Phase phase = result instanceof AttemptResult.UnknownToken ? Phase.REFUSED : Phase.EXCHANGE;
        return mayTryNext(request, kind, phase) ? NextStep.TRY_NEXT : NextStep.RETURN;
    }

    private static NextStep afterFailure(
            Request request, RequestKind kind, AttemptFailure failure, MemberSelector members) {
        if (failure.cause() == Cause.CALLER) {
            return NextStep.RETHROW;
        }
        if (failure.cause() == Cause.NOT_A_READ) {
            return NextStep.REFUSE;
        }
        if (!mayTryNext(request, kind, failure.phase())) {
            return NextStep.GIVE_UP;
        }
        if (failure.cause() == Cause.STALE_CONNECTION && members.mayReconnect()) {
            return NextStep.RECONNECT;
        }
        return failure.mayRepeat() && !members.isRepeated() ? NextStep.TRY_NEXT_THEN_SAME : NextStep.TRY_NEXT;
    }

    /**
     * Whether a failed call may be sent again. A read may. A write may only if nothing of it was sent or processed, or
     * if the caller says that it may be repeated: a silent member may still apply it. If sending has begun, the body
     * must be repeatable. A request for one member is never sent to another.
     */
    public static boolean mayTryNext(Request request, RequestKind kind, Phase phase) {
        if (phase == Phase.CONNECT) {
            return true;
        }
        if (!hasReplayableBody(request)) {
            return false;
        }
        return phase == Phase.REFUSED
                || kind == RequestKind.READ
                || request.tag(FailoverPolicy.class) == FailoverPolicy.REPEATABLE;
    }

    private static boolean hasReplayableBody(Request request) {
        RequestBody body = request.body();
        return body == null || (!body.isOneShot() && !body.isDuplex());
    }
}
