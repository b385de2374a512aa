package io.github.etcdproxy.okhttp.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import okhttp3.Headers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HopByHopHeadersTest {

    private static Headers headers(String text) {
        Headers.Builder headers = new Headers.Builder();
        if (text != null) {
            for (String header : text.split(", ", -1)) {
                headers.add(header);
            }
        }
        return headers.build();
    }

    private static String text(Headers headers) {
        return headers.toString().strip().replace("\n", ", ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            A: 1                                                   | A: 1
            Connection: close                                      |
            connection: close, A: 1                                | A: 1
            Connection: X-Mine, x-mine: 1, A: 1                    | A: 1
            Connection: a;b, A: 1                                  | A: 1
            Keep-Alive: 5, Proxy-Authenticate: x, A: 1             | A: 1
            Proxy-Authorization: x, Proxy-Connection: x, A: 1      | A: 1
            TE: gzip, Trailers: x, Transfer-Encoding: x, A: 1      | A: 1
            TE: trailers, A: 1                                     | TE: trailers, A: 1
            Upgrade: h2c, A: 1                                     | A: 1
            Upgrade: websocket, A: 1                               | A: 1
            Trailer: x, Te-X: 1, Upgrades: 2, A: 1                 | Trailer: x, Te-X: 1, Upgrades: 2, A: 1
            Connection: Via, Via: 1.1 p                            | Via: 1.1 p
            """)
    void thoseOfTheHopAreRemoved(String given, String left) {
        Headers headers = headers(given);
        String kept = text(HopByHopHeaders.areIn(headers) ? HopByHopHeaders.removedFrom(headers) : headers);

        assertThat(kept).isEqualTo(left == null ? "" : left);
        assertThat(HopByHopHeaders.areIn(headers)).isEqualTo(!kept.equals(text(headers)) || given.startsWith("TE: t"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Connection: Upgrade, Upgrade: websocket, Sec-WebSocket-Key: k, Cookie: c | same
            Connection: Upgrade, Upgrade: WebSocket, sec-websocket-key: k            | same
            """)
    void webSocketStaysOne(String given) {
        assertThat(text(HopByHopHeaders.removedFrom(headers(given)))).isEqualTo(text(headers(given)));
    }
}
