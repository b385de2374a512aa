package io.github.etcdproxy.okhttp.internal.cancel;

import java.io.IOException;
import java.io.InterruptedIOException;

/** Maps checked exceptions that Kotlin code throws without declaring them. */
public final class UndeclaredExceptions {

    private UndeclaredExceptions() {}

    /**
     * Maps an exception of OkHttp, or of an interceptor written in Kotlin, to one that can be thrown.
     *
     * @return an {@link IOException}
     * @throws RuntimeException if it is one
     */
    public static IOException asIo(Exception e) {
        if (e instanceof IOException io) {
            return io;
        }
        if (e instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (e instanceof InterruptedException) {
            // An interrupted connect throws this and clears the interrupt status.
            Thread.currentThread().interrupt();
            return (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return new IOException(e);
    }
}
