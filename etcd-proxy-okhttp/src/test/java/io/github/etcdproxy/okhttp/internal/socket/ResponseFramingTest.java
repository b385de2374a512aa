package io.github.etcdproxy.okhttp.internal.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether exactly the expected responses have arrived on a connection. */
class ResponseFramingTest {

    private static Arguments of(String method, String response) {
        return Arguments.of(method, response.replace("\n", "\r\n"));
    }

    /** Each is the whole response to a request of the method. */
    static Stream<Arguments> wholeResponses() {
        return Stream.of(
                of("GET", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
                of("GET", "HTTP/1.1 200 OK\ncontent-length:5\t\n\nhello"),
                of("GET", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
                of("PUT", "HTTP/1.1 201 Created\nX: y\nContent-Length: 2\nZ: z\n\n{}"),
                of("GET", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n"),
                of("GET", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;a=b\nhello\nA ; c\n0123456789\n00\n\n"),
                of("GET", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\nTrailer: 1\nMore: 2\n\n"),
                of("GET", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 3\n\n1\na\n0\n\n"),
                of("HEAD", "HTTP/1.1 200 OK\nContent-Length: 5\n\n"),
                of("HEAD", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"),
                of("DELETE", "HTTP/1.1 204 No Content\n\n"),
                of("GET", "HTTP/1.1 304 Not Modified\nContent-Length: 0\n\n"),
                of("GET", "HTTP/1.1 304 Not Modified\n\n"),
                of("GET", "HTTP/1.1 304 Not Modified\nTransfer-Encoding: chunked\n\n1\na\n0\n\n"), // as OkHttp has it
                of("GET", "HTTP/1.1 200 OK\nTransfer-Encoding: identity\nContent-Length: 1\n\na"),
                of("GET", "HTTP/1.1 200 OK\nContent-Length: 0000000000000000000001\n\na"),
                of(
                        "GET",
                        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0000000000000000001\na\n0000000000000000000\n\n"),
                Arguments.of("GET", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\na\n0\n\n"),
                of("PUT", "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 1\n\na"),
                of("GET", "HTTP/1.1 103 Early Hints\nLink: a\n\nHTTP/1.1 200 OK\nContent-Length: 1\n\na"),
                of("GET", "HTTP/1.0 404 Not Found\nContent-Length: 1\n\na"),
                Arguments.of("GET", "HTTP/1.1 200 OK\nContent-Length: 1\n\na"), // bare line feeds, which OkHttp takes
                of(
                        "GET",
                        "HTTP/1.1 200 " + "x".repeat(300) + "\nLong: " + "y".repeat(9000)
                                + "\nContent-Length: 1\n\na"));
    }

    private static ResponseFraming after(String method, String text, int piece) throws IOException {
        ResponseFraming framing = new ResponseFraming();
        framing.requestBegins(method);
        byte[] bytes = text.getBytes(ISO_8859_1);
        for (int at = 0; at < bytes.length; at += piece) {
            framing.received(bytes, at, Math.min(piece, bytes.length - at));
        }
        return framing;
    }

    @ParameterizedTest
    @MethodSource("wholeResponses")
    void wholeResponse_isClean(String method, String response) throws IOException {
        for (int piece = 1; piece <= response.length(); piece++) {
            assertThat(after(method, response, piece).isClean()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("wholeResponses")
    void everyPrefix_isNotClean(String method, String response) throws IOException {
        for (int length = 0; length < response.length(); length++) {
            assertThat(after(method, response.substring(0, length), 7).isClean())
                    .as(response.substring(0, length))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("wholeResponses")
    void anythingMore_isNotClean(String method, String response) throws IOException {
        for (String more :
                new String[] {"\r\n", "x", response, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"}) {
            for (int piece : new int[] {1, 3, 8192, response.length()}) {
                assertThat(after(method, response + more, Math.max(1, piece)).isClean())
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("wholeResponses")
    void nextRequest_beginsFromTheStart(String method, String response) throws IOException {
        ResponseFraming framing = after("GET", "garbage", 8);
        framing.requestBegins(method);
        framing.received(response.getBytes(ISO_8859_1), 0, response.length());

        assertThat(framing.isClean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\n\r\n", // until the connection ends
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
                "HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n\r\n",
                "\r\n"
            })
    void whatIsNotUnderstood_isNotClean(String response) throws IOException {
        assertThat(after("GET", response, 5).isClean()).isFalse();
        assertThat(after("GET", response + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 5)
                        .isClean())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 ",
                "HTTP/1.1 200 OK\r\nA: ",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: "
            })
    void lineWithoutEnd_isRefusedAtItsBound(String start) throws IOException {
        ResponseFraming framing = after("GET", start, 8192);
        byte[] endless = "a".repeat(8192).getBytes(ISO_8859_1);

        assertThatThrownBy(() -> {
                    for (int i = 0; i <= ResponseFraming.MAX_LINE_BYTES / 8192; i++) {
                        framing.received(endless, 0, endless.length);
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessage("a header or chunk line is longer than 262144 bytes");
    }

    @Test
    void anyBytes_throwNothingElse() {
        Random random = new Random(1);
        String seed =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = seed.getBytes(ISO_8859_1);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            ResponseFraming framing = new ResponseFraming();
            framing.requestBegins("GET");
            try {
                framing.received(bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new AssertionError(new String(bytes, ISO_8859_1), e);
            }
        }
    }
}
