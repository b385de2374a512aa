package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.io.Serial;
import java.util.List;
import java.util.Objects;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what OkHttp does beneath us because of an answer within bounds. A write it would send again, and to any host, for
 * {@code Retry-After: 0} beside 503 or a {@code Location} beside 307 and 308; and it would follow a redirect from https to
 * http. As the outermost network interceptor this takes such headers away before OkHttp sees them; {@link #restore} puts them
 * back for the caller. When read-only, what is no read any more is not sent. And where a redirect leads to somebody else
 * than a member, the caller's cookies and credentials stay behind.
 */
final class FollowUps implements Interceptor {
    @Override
    public Response intercept(Chain chain) throws IOException {
        OurCall call = OurCall.of(chain.call());
        if (call == null) {
            return chain.proceed(chain.request());
        }
        requirePermitted(chain.request(), call);
        call.withhold(Headers.EMPTY); // an earlier answer is of no interest any more
        Response response = chain.proceed(withoutSecrets(chain.request(), call.attempt()));
        List<String> names = toBeWithheld(call.isWrite(), response);
        if (names.isEmpty()) {
            return response;
        }
        Headers.Builder taken = new Headers.Builder();
        Response.Builder rest = response.newBuilder();
        for (String name : names) {
            response.headers(name).forEach(value -> taken.addUnsafeNonAscii(name, value));
            rest.removeHeader(name);
        }
        Headers withheld = taken.build();
        if (withheld.size() > 0) { // where two proxies wrap one client, the other may have taken them
            call.withhold(withheld);
        }
        return rest.build();
    }

    /** The answer as the member gave it. */
    static Response restore(OurCall call, Response response) {
        Headers withheld = call.release();
        if (withheld.size() == 0) {
            return response;
        }
        return response.newBuilder()
                .headers(response.headers().newBuilder().addAll(withheld).build())
                .build();
    }

    private static List<String> toBeWithheld(boolean write, Response response) {
        int code = response.code();
        if (write && (code == 503 || code == 307 || code == 308)) {
            return List.of("Retry-After", "Location");
        }
        if (code >= 300 && code < 400) {
            HttpUrl from = response.request().url();
            String location = response.header("Location");
            HttpUrl to = location == null ? null : from.resolve(location);
            if (from.isHttps() && to != null && !to.isHttps()) {
                return List.of("Location");
            }
        }
        return List.of();
    }

    /** That a redirect, or an interceptor behind ours, has not made a write of what was let pass as a read. */
    private static void requirePermitted(Request request, OurCall call) throws NoReadException {
        Request passed = call.attempt() == null ? null : call.attempt().sent();
        if (!call.isReadOnly() || (passed != null && isSameInWhatItDoes(request, passed))) {
            return;
        }
        if (!call.permits(request.method(), new InspectedRequest(request).kind())) {
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

    /** What was let pass as a read is none any more. */
    static final class NoReadException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private NoReadException() {
            super("the proxy is read-only, and a redirect or an interceptor has made a write of the request");
        }
    }

    /** What the caller gave for a member is for no one else; what a cookie jar or an authenticator gave since may go. */
    private static Request withoutSecrets(Request request, @Nullable CallAttempt attempt) {
        Request sent = attempt == null ? null : attempt.sent();
        if (sent == null || MemberUrls.isSameServer(request.url(), sent.url())) {
            return request;
        }
        Request.Builder rest = request.newBuilder();
        for (String name : sent.headers().names()) {
            if (Secrets.isSecret(name) && sent.headers(name).equals(request.headers(name))) {
                rest.removeHeader(name);
            }
        }
        return rest.build();
    }
}
