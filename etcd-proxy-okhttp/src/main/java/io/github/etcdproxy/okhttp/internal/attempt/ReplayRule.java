package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.okhttp.FailoverPolicy;
import io.github.etcdproxy.okhttp.internal.http.WatchRequests;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Whether a call that failed on one member may be sent to the next. Pure functions. */
final class ReplayRule {

    /** As much of a body is awaited; what is longer streams from there on. */
    static final long AWAITED_BODY_BYTES = 1 << 20;

    private ReplayRule() {}

    /** What follows from an attempt. */
    enum NextStep {
        /** Its response is the caller's. */
        RETURN,
        /** Its exception is the caller's, as it would be without a proxy. */
        RETHROW,
        /** The caller is told that the proxy is read-only. */
        REFUSE,
        /** The same member is tried with another connection. */
        RECONNECT,
        /** The next member is tried, and the same one once more as the last. */
        TRY_NEXT_THEN_SAME,
        /** The next member is tried, if there is one. */
        TRY_NEXT,
        /** The caller is told that no member responded. */
        GIVE_UP
    }

    /**
     * Decides what follows from an attempt.
     *
     * @param result what came of it
     * @param candidates the members left
     */
    static NextStep next(Request request, RequestKind kind, AttemptResult result, Candidates candidates) {
        if (result instanceof AttemptResult.Failed failed) {
            return afterFailure(request, kind, failed.failure(), candidates);
        }
        boolean goesOn = result instanceof AttemptResult.Unavailable
                && !candidates.isLast()
                && mayTryNext(request, kind, Phase.EXCHANGE);
        return goesOn ? NextStep.TRY_NEXT : NextStep.RETURN;
    }

    private static NextStep afterFailure(Request request, RequestKind kind, Failure failure, Candidates candidates) {
        if (failure.cause() == FailureCause.CALLER) {
            return NextStep.RETHROW;
        }
        if (failure.cause() == FailureCause.NOT_A_READ) {
            return NextStep.REFUSE;
        }
        if (!mayTryNext(request, kind, failure.phase())) {
            return NextStep.GIVE_UP;
        }
        if (failure.cause() == FailureCause.STALE_CONNECTION && candidates.mayReconnect()) {
            return NextStep.RECONNECT;
        }
        return failure.mayRepeat() && !candidates.isRepeated() ? NextStep.TRY_NEXT_THEN_SAME : NextStep.TRY_NEXT;
    }

    /**
     * Whether a call that failed may be sent again. A write only if nothing of it was sent or processed, or the caller says that
     * it may be repeated: a member that fell silent may still apply it. A read always. (A request for one member has no next.)
     * What was begun needs a body that can be written again.
     */
    static boolean mayTryNext(Request request, RequestKind kind, Phase phase) {
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

    /**
     * Whether a response is passed on only when its body is there, so that a read whose body is cut can still go on. That
     * holds for a body of known, moderate length, and for keys of the v2 API and reads of the v3 gateway, whose bodies etcd
     * sends without a length when they are long; never for a watch, whose body comes when something happens.
     */
    static boolean awaitsBody(RequestKind kind, String method, HttpUrl url, long contentLength) {
        if (kind != RequestKind.READ) {
            return false;
        }
        if (contentLength >= 0) {
            return contentLength <= AWAITED_BODY_BYTES;
        }
        return (WatchRequests.isKeys(url) || method.equals("POST"))
                && !WatchRequests.isWatch(method, url)
                && !url.encodedPath().endsWith("/snapshot")
                && !url.encodedPath().endsWith("/Snapshot");
    }

    private static boolean hasReplayableBody(Request request) {
        RequestBody body = request.body();
        return body == null || (!body.isOneShot() && !body.isDuplex());
    }
}
