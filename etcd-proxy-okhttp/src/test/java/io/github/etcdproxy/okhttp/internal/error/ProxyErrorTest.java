package io.github.etcdproxy.okhttp.internal.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.event.Outcome;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

class ProxyErrorTest {
    private static final Request PUT = new Request.Builder()
            .url("http://localhost:2379/v2/keys/a?value=secret")
            .delete()
            .build();
    private static final FailedAttempt REFUSED =
            new FailedAttempt(EtcdUrl.of("http://a:1"), Phase.CONNECT, "refused by \"a\"");
    private static final FailedAttempt CUT = new FailedAttempt(EtcdUrl.of("http://b:1"), Phase.EXCHANGE, "cut");

    private static String body(ProxyError error, int status) throws Exception {
        try (Response response = error.asResponse(PUT)) {
            assertThat(response.code()).isEqualTo(status);
            assertThat(response.request()).isSameAs(PUT);
            return response.body().string();
        }
    }

    @Test
    void aRefusedWriteHasEtcdsEmptyBody() throws Exception {
        assertThat(body(ProxyError.readOnly(), 501)).isEmpty();
        assertThat(ProxyError.readOnly().asException(PUT))
                .hasMessage("DELETE /v2/keys/a: 501 Not Implemented: the proxy is read-only");
    }

    @Test
    void noEndpointSaysWhyInEtcdsForm() throws Exception {
        assertThat(body(ProxyError.noEndpoint("the proxy has been closed"), 503))
                .isEqualTo("{\"message\":\"httpproxy: zero endpoints currently available\","
                        + "\"cause\":\"the proxy has been closed\",\"outcome\":\"not-applied\"}");
    }

    @Test
    void noResponseHasEachAttemptInEtcdsForm() throws Exception {
        ProxyError error = ProxyError.noResponse(RequestKind.WRITE, List.of(REFUSED, CUT), List.of(), false);

        assertThat(body(error, 502))
                .isEqualTo("{\"message\":\"httpproxy: unable to get response from 2 endpoint(s)\","
                        + "\"outcome\":\"unknown\",\"attempts\":["
                        + "{\"url\":\"http://a:1\",\"phase\":\"connect\",\"cause\":\"refused by \\\"a\\\"\"},"
                        + "{\"url\":\"http://b:1\",\"phase\":\"exchange\",\"cause\":\"cut\"}]}");
        assertThat(error.asException(PUT))
                .hasMessage("DELETE /v2/keys/a: 502 httpproxy: unable to get response from 2 endpoint(s),"
                        + " outcome unknown: http://a:1: connect: refused by \"a\"; http://b:1: exchange: cut")
                .satisfies(e -> assertThat(e.attempts()).containsExactly(REFUSED, CUT))
                .satisfies(e -> assertThat(e.status()).isEqualTo(502))
                .satisfies(e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
    }

    @Test
    void outcome_isUnknownOnlyForSentWrites() {
        assertThat(ProxyError.noResponse(RequestKind.WRITE, List.of(REFUSED), List.of(), false)
                        .outcome())
                .isEqualTo(Outcome.NOT_APPLIED);
        assertThat(ProxyError.noResponse(RequestKind.READ, List.of(CUT), List.of(), false)
                        .outcome())
                .isEqualTo(Outcome.NOT_APPLIED);
    }
}
