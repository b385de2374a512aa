package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.mode.RequestKind;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Whether a call that failed on one member may be sent to the next. Pure functions. */
final class ReplayRule {

    /** As much of a body is awaited; what is longer streams from there on. */
    static final long AWAITED_BODY_BYTES = 1 << 20;

    private ReplayRule() {}

    /**
     * A write goes on only if nothing of it was sent or processed, or the caller says that it may be repeated: a member that
     * fell silent may yet have applied it. A read goes on always. (A request for one member has no next.) What was begun needs a body that can be written again.
     */
    static boolean mayTryNext(Request request, RequestKind kind, Phase phase) {
        Failover failover = request.tag(Failover.class);
        if (phase == Phase.CONNECT) {
            return true;
        }
        if (!hasReplayableBody(request)) {
            return false;
        }
        return phase == Phase.REFUSED || kind == RequestKind.READ || failover == Failover.REPEATABLE;
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
