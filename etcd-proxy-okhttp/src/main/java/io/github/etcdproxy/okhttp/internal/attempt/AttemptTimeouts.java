package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import io.github.etcdproxy.okhttp.internal.watch.WatchRequests;
import io.github.etcdproxy.options.ProxyOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor.Chain;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** The timeouts of one attempt: the shorter of the option's and the caller's. Pure functions. */
final class AttemptTimeouts {

    private static final int SMALL_BODY_BYTES = 4096;

    private AttemptTimeouts() {}

    /**
     * Returns a chain with the timeouts for attempts of this request. Each timeout that is set costs a copy of the
     * chain. {@link MemberSocket} enforces the dial timeout.
     *
     * @param socks whether OkHttp may create sockets itself and needs the dial timeout
     */
    static Chain on(Chain chain, Request request, ProxyOptions options, boolean socks) {
        Chain bounded = chain;
        int connect = shorter(chain.connectTimeoutMillis(), options.dialTimeout());
        if (socks && connect != chain.connectTimeoutMillis()) {
            bounded = bounded.withConnectTimeout(connect, TimeUnit.MILLISECONDS);
        }
        int write = shorter(chain.writeTimeoutMillis(), options.writeTimeout());
        if (write != chain.writeTimeoutMillis() && mayBlock(request.body())) {
            bounded = bounded.withWriteTimeout(write, TimeUnit.MILLISECONDS);
        }
        int caller = chain.readTimeoutMillis();
        int read = read(caller, options.readTimeout(), WatchRequests.isWatch(request.method(), request.url()));
        return read == caller ? bounded : bounded.withReadTimeout(read, TimeUnit.MILLISECONDS);
    }

    /** Whether writing the request may block. Headers or a small body fit into the socket's empty buffer. */
    private static boolean mayBlock(@Nullable RequestBody body) {
        try {
            return body != null
                    && (body.isDuplex() || body.contentLength() < 0 || body.contentLength() > SMALL_BODY_BYTES);
        } catch (IOException e) {
            return true; // if it throws again when sent, the caller gets the exception
        }
    }

    /** Whether the caller's connect timeout is shorter than the option's; if so, its expiry is inconclusive. */
    static boolean callerIsImpatient(Chain chain, ProxyOptions options) {
        int caller = chain.connectTimeoutMillis();
        return caller != 0 && caller < options.dialTimeout().toMillis();
    }

    /** A watch is silent until an event, so the caller's read timeout does not apply to it. */
    static int read(int ofCaller, Duration ofOption, boolean watch) {
        if (ofOption.isZero()) {
            return watch ? 0 : ofCaller;
        }
        return shorter(watch ? 0 : ofCaller, ofOption);
    }

    /** The shorter of two timeouts; the caller's may be 0 for none. */
    private static int shorter(int ofCaller, Duration ofOption) {
        int millis = Math.toIntExact(ofOption.toMillis());
        return ofCaller == 0 || millis < ofCaller ? millis : ofCaller;
    }
}
