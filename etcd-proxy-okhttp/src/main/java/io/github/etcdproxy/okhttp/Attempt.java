package io.github.etcdproxy.okhttp;

import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * One try of one call on one member. It rides on the request as a tag, down to the network interceptor that marks it.
 * Written and read by the call's thread.
 */
final class Attempt {
    private boolean reachedNetwork;

    /**
     * Whether a byte of the request may have left. A network interceptor is entered once a connection stands and before
     * the first byte is written; so what never entered it was surely not sent.
     */
    boolean mayHaveBeenSent() {
        return reachedNetwork;
    }

    /** The outermost network interceptor of every wrapped client. */
    static final class Marker implements Interceptor {
        @Override
        public Response intercept(Chain chain) throws IOException {
            Attempt attempt = chain.request().tag(Attempt.class);
            if (attempt != null) {
                attempt.reachedNetwork = true;
            }
            return chain.proceed(chain.request());
        }
    }
}
