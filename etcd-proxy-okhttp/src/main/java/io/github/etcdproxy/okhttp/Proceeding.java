package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.io.InterruptedIOException;

/** Has OkHttp do something, and turns what it may throw beyond its declaration, being Kotlin, into what Java expects. */
final class Proceeding {

    private Proceeding() {}

    /** A step of OkHttp's. */
    @FunctionalInterface
    interface Step<T> {
        T run() throws Exception;
    }

    static <T> T with(Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                // That of a connect that was interrupted, with the flag cleared.
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
            throw new IOException(e); // an interceptor written in Kotlin can throw anything
        }
    }
}
