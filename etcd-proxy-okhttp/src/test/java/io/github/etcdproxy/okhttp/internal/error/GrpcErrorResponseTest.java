package io.github.etcdproxy.okhttp.internal.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Objects;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcErrorResponseTest {
    private static final Request REQUEST =
            new Request.Builder().url("http://a/etcdserverpb.KV/Put").build();

    @ParameterizedTest
    @CsvSource({
        "501, 12", "502, 14", "503, 14", "504, 14", "500, 2", "505, 2", "405, 2", "400, 2",
    })
    void status_ofHttp_isTranslated(int http, String grpc) throws Exception {
        Response response = GrpcErrorResponse.of(REQUEST, http, "m");

        assertThat(response.code()).isEqualTo(200);
        assertThat(response.header("grpc-status")).isEqualTo(grpc);
        assertThat(response.header("Content-Type")).isEqualTo("application/grpc");
        assertThat(response.request()).isSameAs(REQUEST);
        assertThat(response.body().bytes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "the proxy is read-only, the proxy is read-only",
        "100%, 100%25",
        "%41, %2541",
        "~!\"#$&'()*+;=, ~!\"#$&'()*+;=",
        "a\tb, a%09b",
        "'\u001f', %1F",
        "\u007f, %7F",
        "\u0080, %C2%80",
        "\u00fc, %C3%BC",
        "\u20ac, %E2%82%AC",
        "\ud83d\ude00, %F0%9F%98%80",
        "'', ''",
    })
    void message_outsidePrintableAscii_isPercentEncoded(String message, String encoded) {
        assertThat(GrpcErrorResponse.of(REQUEST, 502, message).header("grpc-message"))
                .isEqualTo(encoded);
    }

    @Test
    void message_withLineBreaks_staysInItsHeader() {
        Response response = GrpcErrorResponse.of(REQUEST, 502, "a\r\ngrpc-status: 0");

        assertThat(response.header("grpc-message")).isEqualTo("a%0D%0Agrpc-status: 0");
        assertThat(response.headers("grpc-status")).containsExactly("14");
    }

    /** Keeps the sink, as a gRPC client's body does. */
    private static final class Body extends RequestBody {
        private final boolean duplex;
        private final @Nullable RuntimeException thrown;
        private @Nullable BufferedSink sink;

        private Body(boolean duplex, @Nullable RuntimeException thrown) {
            this.duplex = duplex;
            this.thrown = thrown;
        }

        @Override
        public @Nullable MediaType contentType() {
            return null;
        }

        @Override
        public boolean isDuplex() {
            return duplex;
        }

        @Override
        public void writeTo(BufferedSink given) {
            sink = given;
            if (thrown != null) {
                throw thrown;
            }
        }
    }

    @Test
    void endWriting_duplexBody_failsLaterWrites() {
        Body body = new Body(true, null);
        GrpcErrorResponse.endWriting(REQUEST.newBuilder().post(body).build());
        BufferedSink sink = Objects.requireNonNull(body.sink);

        assertThatThrownBy(() -> sink.writeUtf8("late").flush())
                .isInstanceOf(IOException.class)
                .hasMessage("the call was refused by the proxy");
    }

    @Test
    void endWriting_bodyThatThrows_isQuiet() {
        Body body = new Body(true, new IllegalStateException("a bug"));
        GrpcErrorResponse.endWriting(REQUEST.newBuilder().post(body).build());

        assertThat(body.sink).isNotNull();
    }

    @Test
    void endWriting_otherBodies_areLeftAlone() {
        Body body = new Body(false, null);
        GrpcErrorResponse.endWriting(REQUEST.newBuilder().post(body).build());
        GrpcErrorResponse.endWriting(REQUEST);

        assertThat(body.sink).isNull();
    }
}
