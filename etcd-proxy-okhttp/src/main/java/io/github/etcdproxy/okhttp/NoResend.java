package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.util.List;
import okhttp3.Call;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Keeps OkHttp from sending a write again because of its answer: with {@code Retry-After: 0} beside 503, or a {@code
 * Location} beside 307 and 308, it would, beneath us, and to any host. As the outermost network interceptor it takes these
 * headers away before OkHttp sees them; {@link #restore} puts them back for the caller.
 *
 * <p>It knows the writes by a tag on the call, which, unlike one on the request, nothing in between can lose.
 */
final class NoResend implements Interceptor {
    private static final List<String> NAMES = List.of("Retry-After", "Location");

    /** What was taken from the last answer. Used by the call's thread. */
    private static final class Withheld {
        private Headers headers = Headers.EMPTY;
    }

    /** To be called before the first attempt of a write. */
    static void applyTo(Call call) {
        Withheld unused = call.tag(Withheld.class, Withheld::new);
    }

    /** Whether a call is a write of ours. */
    static boolean isOn(Call call) {
        return call.tag(Withheld.class) != null;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Response response = chain.proceed(chain.request());
        Withheld withheld = chain.call().tag(Withheld.class);
        int code = response.code();
        if (withheld == null || (code != 503 && code != 307 && code != 308)) {
            return response;
        }
        Headers.Builder taken = new Headers.Builder();
        Response.Builder rest = response.newBuilder();
        for (String name : NAMES) {
            response.headers(name).forEach(value -> taken.addUnsafeNonAscii(name, value));
            rest.removeHeader(name);
        }
        withheld.headers = taken.build();
        return rest.build();
    }

    /** The answer to a write as the member gave it. */
    static Response restore(Call call, Response response) {
        Withheld withheld = call.tag(Withheld.class);
        if (withheld == null || withheld.headers.size() == 0) {
            return response;
        }
        Headers whole = response.headers().newBuilder().addAll(withheld.headers).build();
        withheld.headers = Headers.EMPTY;
        return response.newBuilder().headers(whole).build();
    }
}
