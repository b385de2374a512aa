package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.sidecar.RawClient.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ambiguous requests are rejected, and nothing after them is read. */
class MalformedRequestsTest {
    private static final String GET = "GET /v2/keys/a HTTP/1.1\r\n";
    private static final String POST = "POST /v2/keys/a HTTP/1.1\r\n";
    private static final String HOST = "Host: x\r\n";
    private static final String CHUNKED = POST + HOST + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String SMUGGLED = "DELETE /v2/keys/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    private static Path directory;

    private static RawMember member;
    private static RunningSidecar sidecar;

    @BeforeAll
    static void start() throws IOException {
        member = new RawMember();
        sidecar = RunningSidecar.of("m=" + member.url(), directory);
    }

    @AfterAll
    static void stop() throws IOException {
        sidecar.close();
        member.close();
    }

    @BeforeEach
    void forget() {
        member.requests().clear();
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of(
                        "both lengths",
                        POST + HOST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        "both lengths, the other way round",
                        POST + HOST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
                Arguments.of("several lengths", POST + HOST + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
                Arguments.of(
                        "the same length twice", POST + HOST + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
                Arguments.of("a list of lengths", POST + HOST + "Content-Length: 3, 3\r\n\r\nabc"),
                Arguments.of("a length with a sign", POST + HOST + "Content-Length: +3\r\n\r\nabc"),
                Arguments.of("a negative length", POST + HOST + "Content-Length: -3\r\n\r\nabc"),
                Arguments.of(
                        "a length beyond 64 bits", POST + HOST + "Content-Length: 99999999999999999999\r\n\r\nabc"),
                Arguments.of("a hexadecimal length", POST + HOST + "Content-Length: 0x3\r\n\r\nabc"),
                Arguments.of("an empty length", POST + HOST + "Content-Length: \r\n\r\n"),
                Arguments.of("a folded header", GET + HOST + "X-A: b\r\n c\r\n\r\n"),
                Arguments.of("a folded length", POST + HOST + "Content-Length:\r\n 3\r\n\r\nabc"),
                Arguments.of("a folded first header", GET + " X-A: b\r\n" + HOST + "\r\n"),
                Arguments.of("a space before the colon", POST + HOST + "Content-Length : 3\r\n\r\nabc"),
                Arguments.of("no colon", GET + HOST + "XA\r\n\r\n"),
                Arguments.of("an empty name", GET + HOST + ": b\r\n\r\n"),
                Arguments.of("NUL in a header", GET + HOST + "X-A: b\0c\r\n\r\n"),
                Arguments.of("a control character in a header", GET + HOST + "X-A: b\1c\r\n\r\n"),
                Arguments.of("CR in a header", GET + HOST + "X-A: b\rc\r\n\r\n"),
                Arguments.of("DEL in a header", GET + HOST + "X-A: b\177c\r\n\r\n"),
                Arguments.of("a control character in a name", GET + HOST + "X\1A: b\r\n\r\n"),
                Arguments.of("no Host", GET + "\r\n"),
                Arguments.of("two Hosts", GET + "Host: a\r\nHost: b\r\n\r\n"),
                Arguments.of("the same Host twice", GET + HOST + HOST + "\r\n"),
                Arguments.of("a Host with a space", GET + "Host: a b\r\n\r\n"),
                Arguments.of("a list of Hosts", GET + "Host: a, b\r\n\r\n"),
                Arguments.of("an empty Host", GET + "Host:\r\n\r\n"),
                Arguments.of("a bad chunk size", CHUNKED + "zz\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("a chunk size beyond 64 bits", CHUNKED + "ffffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("a negative chunk size", CHUNKED + "-3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of("a chunk longer than its size", CHUNKED + "3\r\nabcXX0\r\n\r\n"),
                Arguments.of("a chunk that ends with LF", CHUNKED + "3\nabc\n0\n\n"),
                Arguments.of("a method with a parenthesis", "G(T /v2/keys/a HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("a space in the target", "GET /v2/keys/a b HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("tabs in the request line", "GET\t/v2/keys/a\tHTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("a bad percent-encoding", "GET /v2/keys/a%zz HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of(
                        "chunked in HTTP/1.0",
                        "POST /v2/keys/a HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        "chunked twice",
                        POST + HOST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        "a coding named like chunked", POST + HOST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        "a coding behind chunked",
                        POST + HOST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
                Arguments.of("a dot segment", "GET /v2/keys/../members HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("an encoded dot segment", "GET /v2/keys/%2e%2e/members HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("a backslash", "GET /v2\\keys HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("a fragment", "GET /v2/keys/a#b HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of(
                        "bytes that are not UTF-8 in the target", "GET /v2/keys/\u00e9 HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("bytes that are not UTF-8 in a header", GET + HOST + "X-A: \u00e9\r\n\r\n"),
                Arguments.of("a TLS handshake", "\26\3\1\2\0\1\0\1\374\3\3\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void isRefusedWith400AndTheConnectionClosed(String what, String request) throws IOException {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send(request + SMUGGLED);
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.isClosed()).isTrue();
        }
        assertThat(member.requests()).isEmpty();
    }

    @Test
    void aCodingThatIsNotKnownIsNotImplemented() throws IOException {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send(POST + HOST + "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + SMUGGLED);
            assertThat(client.read().status()).isEqualTo(501);
            assertThat(client.isClosed()).isTrue();
        }
        assertThat(member.requests()).isEmpty();
    }

    @Test
    void otherVersionsAreNotSpoken() throws IOException {
        assertThat(RawClient.ask(sidecar.port(), "GET /v2/keys/a HTTP/3.7\r\n" + HOST + "\r\n")
                        .status())
                .isEqualTo(505);
    }

    @Test
    void errorsHaveTheFormOfEtcdsProxy() throws IOException {
        Reply reply = RawClient.ask(sidecar.port(), "GET /v2/./keys HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(reply.headers("Content-Type")).containsExactly("application/json");
        assertThat(reply.body())
                .startsWith("{\"message\":\"bad request target: ")
                .endsWith("\"}");
        Reply ofServer = RawClient.ask(sidecar.port(), GET + "\r\n");
        assertThat(ofServer.body()).startsWith("{\"message\":\"").endsWith("\"}");
    }
}
