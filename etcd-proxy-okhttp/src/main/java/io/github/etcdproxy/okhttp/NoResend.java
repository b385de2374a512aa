package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.util.List;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Keeps OkHttp from sending a write again because of its answer: with {@code Retry-After: 0} beside 503, or a {@code
 * Location} beside 307 and 308, it would, beneath us, and to any host. As the outermost network interceptor it takes these
 * headers away before OkHttp sees them; {@link #restore} puts them back for the caller.
 */
final class NoResend implements Interceptor {
    private static final List<String> NAMES = List.of("Retry-After", "Location");

    @Override
    public Response intercept(Chain chain) throws IOException {
        OurCall call = OurCall.of(chain.call());
        if (call == null || !call.isWrite()) {
            return chain.proceed(chain.request());
        }
        call.withhold(Headers.EMPTY); // an earlier answer is of no interest any more
        Response response = chain.proceed(chain.request());
        int code = response.code();
        if (code != 503 && code != 307 && code != 308) {
            return response;
        }
        Headers.Builder taken = new Headers.Builder();
        Response.Builder rest = response.newBuilder();
        for (String name : NAMES) {
            response.headers(name).forEach(value -> taken.addUnsafeNonAscii(name, value));
            rest.removeHeader(name);
        }
        Headers withheld = taken.build();
        if (withheld.size() > 0) { // where two proxies wrap one client, the other may have taken them
            call.withhold(withheld);
        }
        return rest.build();
    }

    /** The answer to a write as the member gave it. */
    static Response restore(OurCall call, Response response) {
        Headers withheld = call.release();
        if (withheld.size() == 0) {
            return response;
        }
        return response.newBuilder()
                .headers(response.headers().newBuilder().addAll(withheld).build())
                .build();
    }
}
