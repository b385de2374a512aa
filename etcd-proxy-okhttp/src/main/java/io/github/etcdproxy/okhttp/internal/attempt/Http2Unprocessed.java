package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.internal.failure.Causes;
import java.io.IOException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Recognises the failures by which a server, or OkHttp for it, says that it did not process a request.
 *
 * <p>OkHttp's exceptions for HTTP/2 are internal, and can be known by name and text only.
 */
final class Http2Unprocessed {
    private static final String SHUTDOWN = "okhttp3.internal.http2.ConnectionShutdownException";

    private Http2Unprocessed() {}

    /**
     * Whether TLS failed at its handshake. Where the client's certificate is refused, a client of TLS 1.3 hears of that only
     * when it has sent its first request already, which the server has not read (RFC 8446, section 4.4.2.4 and appendix E).
     */
    static boolean isHandshakeFailure(IOException e) {
        return Causes.find(e, SSLHandshakeException.class).isPresent();
    }

    /**
     * Whether an HTTP/2 server said so (RFC 9113, sections 6.8 and 8.7): the stream was refused, it was above the last one of a
     * GOAWAY, or the connection had been shut down before.
     */
    static boolean isRefusedStream(IOException e) {
        return "stream was reset: REFUSED_STREAM".equals(e.getMessage())
                || e.getClass().getName().equals(SHUTDOWN);
    }
}
