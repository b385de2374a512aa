package io.github.etcdproxy.okhttp;

import java.io.IOException;

/**
 * Tells the failures by which an HTTP/2 server, or OkHttp for it, says that a request was not processed (RFC 9113, sections 6.8
 * and 8.7): the stream was refused, it was above the last one of a GOAWAY, or the connection had been shut down before.
 *
 * <p>OkHttp's exceptions for these are internal, and can be known by name and text only.
 */
final class NotProcessed {
    private static final String SHUTDOWN = "okhttp3.internal.http2.ConnectionShutdownException";

    private NotProcessed() {}

    static boolean says(IOException e) {
        return "stream was reset: REFUSED_STREAM".equals(e.getMessage())
                || e.getClass().getName().equals(SHUTDOWN);
    }
}
