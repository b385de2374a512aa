package io.github.etcdproxy.okhttp;

import okhttp3.Call;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/** When the time of a call is up, which OkHttp only tells while the call lasts. */
final class CallDeadline {

    private CallDeadline() {}

    /** The earlier of two; null stands for never. */
    static @Nullable Long earlier(@Nullable Long a, @Nullable Long b) {
        return a == null || (b != null && b - a < 0) ? b : a;
    }

    /** By {@link System#nanoTime()}, if the call has just begun; null if it has as much time as it takes. */
    static @Nullable Long of(Call call) {
        return of(call.timeout());
    }

    /** The same, of anything that has just begun. */
    static @Nullable Long of(Timeout timeout) {
        long now = System.nanoTime();
        long ofTimeout = timeout.timeoutNanos() == 0 ? Long.MAX_VALUE : timeout.timeoutNanos();
        long ofDeadline = timeout.hasDeadline() ? timeout.deadlineNanoTime() - now : Long.MAX_VALUE;
        long left = Math.min(ofTimeout, ofDeadline);
        return left == Long.MAX_VALUE ? null : (Long) (now + left);
    }
}
