package io.github.etcdproxy.okhttp.internal.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OkHttp's own exceptions come up in the fault matrix; its module does not let them be made here. */
class Http2UnprocessedTest {

    @ParameterizedTest
    @CsvSource({
        "stream was reset: REFUSED_STREAM, true",
        "stream was reset: CANCEL, false",
        "stream was reset: INTERNAL_ERROR, false",
        "stream was reset: ENHANCE_YOUR_CALM, false",
        "stream was reset: REFUSED_STREAMS, false",
        "'stream was reset: REFUSED_STREAM ', false",
        "REFUSED_STREAM, false",
        ", false",
    })
    void isRefusedStream_text_isExact(String message, boolean refused) {
        assertThat(Http2Unprocessed.isRefusedStream(new IOException(message))).isEqualTo(refused);
        assertThat(Http2Unprocessed.isRefusedStream(new IOException("a", new IOException(message))))
                .isFalse();
    }

    @Test
    void isRefusedStream_otherFailures_areNone() {
        assertThat(Http2Unprocessed.isRefusedStream(new SocketException("Connection reset")))
                .isFalse();
        assertThat(Http2Unprocessed.isRefusedStream(new IOException("ConnectionShutdownException")))
                .isFalse();
    }

    @Test
    void shutdownException_isStillInOkHttp() throws Exception {
        assertThat(Class.forName("okhttp3.internal.http2.ConnectionShutdownException"))
                .isAssignableTo(IOException.class);
    }

    @Test
    void isHandshakeFailure_anywhereInCauses_isTrue() {
        Map<IOException, Boolean> expected = Map.of(
                new SSLHandshakeException("certificate_required"), true,
                new IOException("a", new SSLHandshakeException("b")), true,
                new IOException("a", new IOException("b", new SSLHandshakeException("c"))), true,
                new SSLException("a"), false,
                new SSLPeerUnverifiedException("a"), false,
                new IOException("SSLHandshakeException"), false);

        expected.forEach((failure, ofHandshake) -> assertThat(Http2Unprocessed.isHandshakeFailure(failure))
                .as(failure.toString())
                .isEqualTo(ofHandshake));
    }
}
