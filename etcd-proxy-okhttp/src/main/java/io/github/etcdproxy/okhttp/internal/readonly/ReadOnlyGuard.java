package io.github.etcdproxy.okhttp.internal.readonly;

import io.github.etcdproxy.internal.readonly.ReadOnlyPolicy;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.options.ProxyOptions;
import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/** Lets only reads pass in read-only mode: before a call is forwarded, and before each exchange. Pure functions. */
public final class ReadOnlyGuard {

    private ReadOnlyGuard() {}

    /** A request that was permitted as a read has become a write. */
    public static final class NotAReadException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private NotAReadException() {
            super("the proxy is read-only, and a redirect or an interceptor has turned the request into a write");
        }
    }

    /** Whether the mode permits a request, which has been inspected. */
    public static boolean permits(Request request, ClassifiedRequest classified, ProxyOptions options) {
        ProxyMode mode = options.mode();
        return ReadOnlyPolicy.permits(mode, request.method(), classified.kind(), options.strictReadOnly())
                && (mode != ProxyMode.READONLY || ClassifiedRequest.isWellFormed(request.headers()));
    }

    /**
     * Checks that a redirect, or a later interceptor, has not turned a request that was permitted as a read into a
     * write.
     *
     * @param request the request about to be sent
     * @param passed the permitted request; null if there is none
     */
    public static void requirePermitted(Request request, @Nullable Request passed, ProxyOptions options)
            throws NotAReadException {
        if (options.mode() != ProxyMode.READONLY || (passed != null && isSameInWhatItDoes(request, passed))) {
            return;
        }
        RequestKind kind = ClassifiedRequest.of(request).kind();
        if (!ReadOnlyPolicy.permits(options.mode(), request.method(), kind, options.strictReadOnly())) {
            throw new NotAReadException();
        }
    }

    private static boolean isSameInWhatItDoes(Request request, Request passed) {
        return request.method().equals(passed.method())
                && request.url().encodedPath().equals(passed.url().encodedPath())
                && Objects.equals(request.body(), passed.body())
                && ClassifiedRequest.isGrpc(request) == ClassifiedRequest.isGrpc(passed)
                && !ClassifiedRequest.isDisguised(request);
    }
}
