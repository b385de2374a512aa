package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.internal.failure.CauseChain;
import java.io.IOException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Recognizes failures which show that a server did not process a request.
 *
 * <p>OkHttp's HTTP/2 exceptions are internal, so they are recognized by name and message.
 */
final class Http2Unprocessed {
    private static final String SHUTDOWN = "okhttp3.internal.http2.ConnectionShutdownException";

    private Http2Unprocessed() {}

    /**
     * Whether the TLS handshake failed. With TLS 1.3, a client whose certificate is refused learns of it only after it
     * has sent its first request, which the server has not read (RFC 8446, section 4.4.2.4 and appendix E).
     */
    static boolean isHandshakeFailure(IOException e) {
        return CauseChain.find(e, SSLHandshakeException.class).isPresent();
    }

    /**
     * Whether an HTTP/2 server did not process a stream (RFC 9113, sections 6.8 and 8.7): the stream was refused, it
     * was above the last one of a GOAWAY, or the connection had been shut down before.
     */
    static boolean isRefusedStream(IOException e) {
        return "stream was reset: REFUSED_STREAM".equals(e.getMessage())
                || e.getClass().getName().equals(SHUTDOWN);
    }
}
