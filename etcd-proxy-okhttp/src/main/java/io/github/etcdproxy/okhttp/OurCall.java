package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.mode.RequestKind;
import io.github.etcdproxy.options.ProxyOptions;
import okhttp3.Call;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What the network interceptors must know of a call that is forwarded. It is a tag on the call, which, unlike one on the
 * request, nothing in between can lose. Used by the call's thread.
 */
final class OurCall {
    private @Nullable RequestKind kind;
    private @Nullable CallAttempt attempt;
    private @Nullable ProxyOptions options;

    /** What was withheld from OkHttp of the last answer. */
    private Headers withheld = Headers.EMPTY;

    /** To be called when an attempt begins. */
    static OurCall attempting(Call call, RequestKind kind, ProxyOptions options, CallAttempt attempt) {
        OurCall ours = call.tag(OurCall.class, OurCall::new);
        ours.kind = kind;
        ours.attempt = attempt;
        ours.options = options;
        return ours;
    }

    /** The call's tag; null if the call is not ours. */
    static @Nullable OurCall of(Call call) {
        return call.tag(OurCall.class);
    }

    boolean isReadOnly() {
        return options != null && options.mode() == ProxyMode.READONLY;
    }

    /** Whether the options let such a request pass. */
    boolean permits(String method, RequestKind ofRequest) {
        return options == null || options.mode().permits(method, ofRequest, options.strictReadOnly());
    }

    boolean isWrite() {
        return kind == RequestKind.WRITE;
    }

    @Nullable
    CallAttempt attempt() {
        return attempt;
    }

    void withhold(Headers headers) {
        withheld = headers;
    }

    /** What was withheld, which from now on is not. */
    Headers release() {
        Headers released = withheld;
        withheld = Headers.EMPTY;
        return released;
    }
}
