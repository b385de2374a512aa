package io.github.etcdproxy.okhttp.internal.cancel;

import okhttp3.Call;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/** The deadline of a call, which OkHttp exposes only while the call is running. */
public final class CallDeadline {
    private final @Nullable Long at;

    private CallDeadline(@Nullable Long at) {
        this.at = at;
    }

    /** Records the deadline of a call that begins now, for {@link #of(Call)} later in the call. */
    public static void record(Call call) {
        CallDeadline deadline = new CallDeadline(of(call.timeout()));
        call.tag(CallDeadline.class, () -> deadline);
    }

    /** The earlier of two; null stands for never. */
    public static @Nullable Long earlier(@Nullable Long a, @Nullable Long b) {
        return a == null || (b != null && b - a < 0) ? b : a;
    }

    /** The recorded deadline, or one computed now, by {@link System#nanoTime()}; null if the call has no timeout. */
    public static @Nullable Long of(Call call) {
        CallDeadline noted = call.tag(CallDeadline.class);
        return noted == null ? of(call.timeout()) : noted.at;
    }

    /** The deadline of an operation that begins now; null if it has no timeout. */
    public static @Nullable Long of(Timeout timeout) {
        long now = System.nanoTime();
        long ofTimeout = timeout.timeoutNanos() == 0 ? Long.MAX_VALUE : timeout.timeoutNanos();
        long ofDeadline = timeout.hasDeadline() ? timeout.deadlineNanoTime() - now : Long.MAX_VALUE;
        long left = Math.min(ofTimeout, ofDeadline);
        return left == Long.MAX_VALUE ? null : (Long) (now + left);
    }
}
