package io.github.etcdproxy.okhttp.internal.http;

import java.io.IOException;
import java.io.InterruptedIOException;

/** Maps checked exceptions that Kotlin code throws undeclared. */
public final class CheckedExceptions {

    private CheckedExceptions() {}

    /**
     * The exception to throw for one that a call into OkHttp, or an interceptor written in Kotlin, threw.
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
            // That of a connect that was interrupted, with the flag cleared.
            Thread.currentThread().interrupt();
            return (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        return new IOException(e);
    }
}
