package io.github.etcdproxy.okhttp.internal.redirect;

import io.github.etcdproxy.okhttp.internal.http.CredentialHeaders;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import java.util.List;
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
public final class FollowUpRules {
    private static final List<String> CREDENTIALS_IN_BODY =
            List.of("/auth/authenticate", "/etcdserverpb.Auth/Authenticate");

    private FollowUpRules() {}

    /**
     * Removes the credentials that the caller meant for a member if the request goes to another server. Those that a
     * cookie jar or an authenticator added since are kept.
     *
     * @param request the request about to be sent
     * @param passed the request given to OkHttp for the member; null if there is none
     */
    public static Request withoutCredentials(Request request, @Nullable Request passed) {
        if (passed == null || HostRewriter.isSameServer(request.url(), passed.url())) {
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

    /**
     * The headers of a response that OkHttp must not see.
     *
     * @param request the request that was answered
     * @param given the request that was given to OkHttp; null if there is none
     * @param write whether the call is a write
     */
    public static Headers withheld(Request request, @Nullable Request given, boolean write, Response response) {
        List<String> names = withheldNames(request, given, write, response);
        if (names.isEmpty()) {
            return Headers.EMPTY;
        }
        Headers.Builder withheld = new Headers.Builder();
        for (String name : names) {
            response.headers(name).forEach(value -> withheld.addUnsafeNonAscii(name, value));
        }
        return withheld.build();
    }

    private static List<String> withheldNames(
            Request request, @Nullable Request given, boolean write, Response response) {
        int code = response.code();
        if (write && (code == 503 || code == 307 || code == 308)) {
            return List.of("Retry-After", "Location");
        }
        return code >= 300 && code < 400 && isForbidden(request, given, response) ? List.of("Location") : List.of();
    }

    /** Whether a redirect leads from https to http, or would send a password to another server. */
    private static boolean isForbidden(Request request, @Nullable Request passed, Response response) {
        HttpUrl from = request.url();
        String location = response.header("Location");
        HttpUrl to = location == null ? null : from.resolve(location);
        if (to == null || HostRewriter.isSameServer(from, to)) {
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
