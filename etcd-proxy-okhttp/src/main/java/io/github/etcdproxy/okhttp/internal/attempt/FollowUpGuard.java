package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.internal.readonly.ReadOnlyPolicy;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.okhttp.internal.http.CredentialHeaders;
import io.github.etcdproxy.okhttp.internal.http.InspectedRequest;
import io.github.etcdproxy.okhttp.internal.http.MemberUrls;
import io.github.etcdproxy.options.ProxyOptions;
import java.io.IOException;
import java.io.Serial;
import java.util.List;
import java.util.Objects;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what OkHttp does by itself because of a response. It would send a write again, and to any host, for {@code Retry-After:
 * 0} beside 503 or a {@code Location} beside 307 and 308; it would follow a redirect from https to http; and it would show
 * credentials to the server to which it is redirected. Pure functions.
 */
final class FollowUpGuard {
    private static final List<String> CREDENTIALS_IN_BODY =
            List.of("/auth/authenticate", "/etcdserverpb.Auth/Authenticate");

    private FollowUpGuard() {}

    /** What was let pass as a read is none any more. */
    static final class NoReadException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private NoReadException() {
            super("the proxy is read-only, and a redirect or an interceptor has made a write of the request");
        }
    }

    /**
     * Checks that a redirect, or an interceptor behind ours, has not made a write of what a read-only proxy let pass as a read.
     *
     * @param request what is about to be sent
     * @param passed what was let pass; null if nothing was
     */
    static void requirePermitted(Request request, @Nullable Request passed, ProxyOptions options)
            throws NoReadException {
        if (options.mode() != ProxyMode.READONLY || (passed != null && isSameInWhatItDoes(request, passed))) {
            return;
        }
        RequestKind kind = InspectedRequest.of(request).kind();
        if (!ReadOnlyPolicy.permits(options.mode(), request.method(), kind, options.strictReadOnly())) {
            throw new NoReadException();
        }
    }

    private static boolean isSameInWhatItDoes(Request request, Request passed) {
        return request.method().equals(passed.method())
                && request.url().encodedPath().equals(passed.url().encodedPath())
                && Objects.equals(request.body(), passed.body())
                && InspectedRequest.isGrpc(request) == InspectedRequest.isGrpc(passed)
                && !InspectedRequest.isDisguised(request);
    }

    /**
     * The request without the credentials that the caller gave for a member, where it goes to another server. What a cookie jar
     * or an authenticator gave since may go there.
     *
     * @param request what is about to be sent
     * @param passed what was given to OkHttp for the member; null if nothing was
     */
    static Request withoutCredentials(Request request, @Nullable Request passed) {
        if (passed == null || MemberUrls.isSameServer(request.url(), passed.url())) {
            return request;
        }
        Request.Builder rest = request.newBuilder();
        for (String name : passed.headers().names()) {
            if (CredentialHeaders.areSecret(name)) {
                List<String> ofMember = passed.headers(name);
                rest.removeHeader(name);
                request.headers(name).stream()
                        .filter(value -> !ofMember.contains(value))
                        .forEach(value -> rest.addHeader(name, value));
            }
        }
        return rest.build();
    }

    /** The headers of a response that OkHttp must not see. */
    static Headers withheld(Request request, Attempt attempt, Response response) {
        List<String> names = withheldNames(request, attempt, response);
        if (names.isEmpty()) {
            return Headers.EMPTY;
        }
        Headers.Builder withheld = new Headers.Builder();
        for (String name : names) {
            response.headers(name).forEach(value -> withheld.addUnsafeNonAscii(name, value));
        }
        return withheld.build();
    }

    private static List<String> withheldNames(Request request, Attempt attempt, Response response) {
        int code = response.code();
        if (attempt.isWrite() && (code == 503 || code == 307 || code == 308)) {
            return List.of("Retry-After", "Location");
        }
        return code >= 300 && code < 400 && isForbidden(request, attempt.sent(), response)
                ? List.of("Location")
                : List.of();
    }

    /** Whether a redirect leads from https to http, or would take a name and a password to another server. */
    private static boolean isForbidden(Request request, @Nullable Request passed, Response response) {
        HttpUrl from = request.url();
        String location = response.header("Location");
        HttpUrl to = location == null ? null : from.resolve(location);
        if (to == null || MemberUrls.isSameServer(from, to)) {
            return false;
        }
        // What was given for the member counts, not to where it has redirected since.
        return (from.isHttps() && !to.isHttps()) || hasCredentialsInBody(passed == null ? request : passed);
    }

    private static boolean hasCredentialsInBody(Request request) {
        String path = request.url().encodedPath();
        return CREDENTIALS_IN_BODY.stream().anyMatch(path::endsWith);
    }
}
