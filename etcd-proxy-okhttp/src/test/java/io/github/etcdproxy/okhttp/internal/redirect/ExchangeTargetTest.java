package io.github.etcdproxy.okhttp.internal.redirect;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.net.EtcdUrl;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExchangeTargetTest {

    private static Request request(String url, boolean webSocket) {
        Request.Builder request = new Request.Builder().url(url);
        if (webSocket) {
            request.header("Connection", "Upgrade")
                    .header("Upgrade", "websocket")
                    .header("Sec-WebSocket-Key", "k");
        }
        return request.build();
    }

    @ParameterizedTest
    @CsvSource({
        // sent to, goes to -> target, refused if it is a WebSocket's handshake
        "http://a:1/x, http://a:1/y, MEMBER, false",
        "http://a:1/, http://A:1/, MEMBER, false",
        "https://a:1/x, https://a:1/y, MEMBER, false",
        "http://a:1/, http://a:2/, REDIRECTED, true",
        "http://a:1/, http://b:1/, REDIRECTED, true",
        "http://a:1/, https://a:1/, REDIRECTED, true",
        "https://a:1/, https://b:1/, REDIRECTED, true",
        "https://a:1/, http://a:1/, DOWNGRADED, true",
        "https://a:1/, http://b:1/, DOWNGRADED, true",
    })
    void target_isRefusedForWebSocketOffMember(String sentTo, String server, ExchangeTarget expected, boolean refused) {
        Request call = request(sentTo, false);
        Request webSocket = request(sentTo, true);
        ExchangeTarget target = ExchangeTarget.of(call, HttpUrl.get(server));

        assertThat(target).isEqualTo(expected);
        assertThat(ExchangeTarget.of(webSocket, HttpUrl.get(server))).isEqualTo(expected);
        assertThat(target.isRefusedFor(webSocket)).isEqualTo(refused);
        assertThat(target.isRefusedFor(call)).isFalse(); // which FollowUpRules looks after
    }

    @Test
    void target_nothingSent_isTheMember() {
        assertThat(ExchangeTarget.of(null, HttpUrl.get("http://a:1/"))).isEqualTo(ExchangeTarget.MEMBER);
        assertThat(ExchangeTarget.REDIRECTED.isRefusedFor(null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"REDIRECTED, to another server", "DOWNGRADED, from https to http"})
    void refusal_namesMemberAndReason(ExchangeTarget target, String reason) {
        assertThat(target.refusal(EtcdUrl.of("https://a:1")))
                .startsWith("https://a:1 redirected the call " + reason + ", which is not followed");
    }
}
