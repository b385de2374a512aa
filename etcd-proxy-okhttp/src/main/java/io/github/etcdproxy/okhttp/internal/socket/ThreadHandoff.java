package io.github.etcdproxy.okhttp.internal.socket;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** Hands a value from an event of OkHttp's to what OkHttp calls next on the same thread. Thread safe. */
final class ThreadHandoff<T> {
    /** Weak, since OkHttp may call something else instead, and its threads outlive the call. */
    @SuppressWarnings("ThreadLocalUsage") // each handoff is a static field
    private final ThreadLocal<@Nullable WeakReference<T>> value = new ThreadLocal<>();

    /** Replaces what this thread announced before; null clears it. */
    void announce(@Nullable T announced) {
        if (announced == null) {
            value.remove();
        } else {
            value.set(new WeakReference<>(announced));
        }
    }

    /** What this thread announced; null if nothing is left of it. */
    @Nullable
    T peek() {
        WeakReference<T> announced = value.get();
        return announced == null ? null : announced.get();
    }

    /** The same, which clears it. */
    @Nullable
    T take() {
        T announced = peek();
        value.remove();
        return announced;
    }
}
