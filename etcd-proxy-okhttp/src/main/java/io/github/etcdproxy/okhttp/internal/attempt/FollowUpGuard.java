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
 * Restricts OkHttp's follow-up requests. Otherwise OkHttp would send a write again, to any host, after a 503 with
 * {@code Retry-After: 0} or a 307 or 308 with {@code Location}; it would follow redirects from https to http; and it
 * would send credentials to the redirect's target. Pure functions.
 */
final class FollowUpGuard {
    private static final List<String> CREDENTIALS_IN_BODY =
            List.of("/auth/authenticate", "/etcdserverpb.Auth/Authenticate");

    private FollowUpGuard() {}

    /** A request that was permitted as a read has become a write. */
    static final class NoReadException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private NoReadException() {
            super("the proxy is read-only, and a redirect or an interceptor has turned the request into a write");
        }
    }

    /**
     * Checks that a redirect, or a later interceptor, has not turned a request that was permitted as a read into a
     * write.
     *
     * @param request the request about to be sent
     * @param passed the permitted request; null if there is none
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
     * Removes the credentials that the caller meant for a member if the request goes to another server. Those that a
     * cookie jar or an authenticator added since are kept.
     *
     * @param request the request about to be sent
     * @param passed the request given to OkHttp for the member; null if there is none
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

    /** Whether a redirect leads from https to http, or would send a password to another server. */
    private static boolean isForbidden(Request request, @Nullable Request passed, Response response) {
        HttpUrl from = request.url();
        String location = response.header("Location");
        HttpUrl to = location == null ? null : from.resolve(location);
        if (to == null || MemberUrls.isSameServer(from, to)) {
            return false;
        }
        // The member's request counts, not later redirect targets.
        return (from.isHttps() && !to.isHttps()) || hasCredentialsInBody(passed == null ? request : passed);
    }

    private static boolean hasCredentialsInBody(Request request) {
        String path = request.url().encodedPath();
        return CREDENTIALS_IN_BODY.stream().anyMatch(path::endsWith);
    }
}
