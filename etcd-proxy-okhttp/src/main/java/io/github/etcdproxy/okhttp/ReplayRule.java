package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.RequestKind;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Whether a call that failed on one member may be sent to the next. Pure functions. */
final class ReplayRule {

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

    static boolean hasReplayableBody(Request request) {
        RequestBody body = request.body();
        return body == null || (!body.isOneShot() && !body.isDuplex());
    }
}
