package io.github.etcdproxy.okhttp.internal.cancel;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/** Passes a value from an OkHttp event to the next OkHttp callback on the same thread. Thread safe. */
public final class WeakThreadLocal<T> {
    /** Weak, since OkHttp may not make that callback, and its threads outlive the call. */
    @SuppressWarnings("ThreadLocalUsage") // each handoff is a static field
    private final ThreadLocal<@Nullable WeakReference<T>> value = new ThreadLocal<>();

    /** Sets this thread's value; null clears it. */
    public void set(@Nullable T announced) {
        if (announced == null) {
            value.remove();
        } else {
            value.set(new WeakReference<>(announced));
        }
    }

    /** This thread's value; null if there is none. */
    @Nullable
    public T peek() {
        WeakReference<T> announced = value.get();
        return announced == null ? null : announced.get();
    }

    /** Returns and clears this thread's value. */
    @Nullable
    public T take() {
        T announced = peek();
        value.remove();
        return announced;
    }
}
