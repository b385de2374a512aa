package io.github.etcdproxy.okhttp;

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
     * A write goes on only if nothing of it left: a member that fell silent may yet have applied it. A read goes on
     * always, provided that its body can be written a second time.
     */
    static boolean mayTryNext(RequestKind kind, boolean mayHaveBeenSent, boolean replayableBody) {
        if (!mayHaveBeenSent) {
            return true;
        }
        return kind == RequestKind.READ && replayableBody;
    }

    /**
     * Whether a response is passed on only when its body is there, so that a read whose body is cut can still go on. That
     * holds for a body of known, moderate length, and for keys of the v2 API, whose bodies etcd sends without a length when
     * they are long; never for a watch, whose body comes when something happens.
     */
    static boolean awaitsBody(RequestKind kind, HttpUrl url, long contentLength) {
        if (kind != RequestKind.READ) {
            return false;
        }
        if (contentLength >= 0) {
            return contentLength <= AWAITED_BODY_BYTES;
        }
        String path = url.encodedPath();
        return (path.equals("/v2/keys") || path.startsWith("/v2/keys/")) && !isOn(url, "wait") && !isOn(url, "stream");
    }

    /** Whether etcd takes a parameter for true, or for something that it will complain of. */
    private static boolean isOn(HttpUrl url, String parameter) {
        String value = url.queryParameter(parameter);
        return url.queryParameterNames().contains(parameter) && !"false".equals(value);
    }

    static boolean hasReplayableBody(Request request) {
        RequestBody body = request.body();
        return body == null || (!body.isOneShot() && !body.isDuplex());
    }
}
