package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.options.ProxyOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor.Chain;
import okhttp3.Request;

/** The timeouts of one attempt: those of the options beside the caller's own, of which the shorter holds. Pure functions. */
final class AttemptTimeouts {

    private AttemptTimeouts() {}

    /** A chain with the timeouts that attempts of this request have. Each that is set costs a copy of the chain. */
    static Chain on(Chain chain, Request request, ProxyOptions options) {
        Chain bounded = chain;
        int connect = shorter(chain.connectTimeoutMillis(), options.dialTimeout());
        if (connect != chain.connectTimeoutMillis()) {
            bounded = bounded.withConnectTimeout(connect, TimeUnit.MILLISECONDS);
        }
        int write = shorter(chain.writeTimeoutMillis(), options.writeTimeout());
        // A head alone doesn't wait to be taken; a bound for it would cost a wake-up of Okio's watchdog.
        if (request.body() != null && write != chain.writeTimeoutMillis()) {
            bounded = bounded.withWriteTimeout(write, TimeUnit.MILLISECONDS);
        }
        int caller = chain.readTimeoutMillis();
        int read = read(caller, options.readTimeout(), WatchRequests.isWatch(request.method(), request.url()));
        return read == caller ? bounded : bounded.withReadTimeout(read, TimeUnit.MILLISECONDS);
    }

    /** Whether the caller gives a connection less time than the options do: then running out of it proves nothing. */
    static boolean callerIsImpatient(Chain chain, ProxyOptions options) {
        int caller = chain.connectTimeoutMillis();
        return caller != 0 && caller < options.dialTimeout().toMillis();
    }

    /** A watch is silent until something happens, so that the caller's timeout, meant for answers, is none for it. */
    static int read(int ofCaller, Duration ofOption, boolean watch) {
        if (ofOption.isZero()) {
            return watch ? 0 : ofCaller;
        }
        return shorter(watch ? 0 : ofCaller, ofOption);
    }

    /** The shorter of two timeouts, of which the caller's may be 0 for none. */
    private static int shorter(int ofCaller, Duration ofOption) {
        int millis = Math.toIntExact(ofOption.toMillis());
        return ofCaller == 0 || millis < ofCaller ? millis : ofCaller;
    }
}
