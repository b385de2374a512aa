package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;

/**
 * Tells the failures by which an HTTP/2 server, or OkHttp for it, says that a request was not processed (RFC 9113, sections 6.8
 * and 8.7): the stream was refused, it was above the last one of a GOAWAY, or the connection had been shut down before.
 *
 * <p>OkHttp's exceptions for these are internal, and can be known by name and text only.
 */
final class NotProcessed {
    private static final String SHUTDOWN = "okhttp3.internal.http2.ConnectionShutdownException";

    private NotProcessed() {}

    /**
     * Whether TLS failed at its handshake. Where the client's certificate is refused, a client of TLS 1.3 hears of that only
     * when it has sent its first request already, which nobody has read (RFC 8446, section 4.4.2.4 and appendix E).
     */
    static boolean wasHandshake(IOException e) {
        return e instanceof SSLHandshakeException
                || Stream.of(e.getSuppressed()).anyMatch(SSLHandshakeException.class::isInstance);
    }

    static boolean says(IOException e) {
        return "stream was reset: REFUSED_STREAM".equals(e.getMessage())
                || e.getClass().getName().equals(SHUTDOWN);
    }
}
