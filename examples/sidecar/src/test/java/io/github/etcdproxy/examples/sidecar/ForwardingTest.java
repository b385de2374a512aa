package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.sidecar.RawClient.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests that members receive and the responses that clients receive, byte for byte. */
class ForwardingTest {
    private static final String HOST = "Host: etcd.example:1\r\n";

    @TempDir
    private Path directory;

    private RawMember member;
    private RunningSidecar sidecar;

    @BeforeEach
    void start() throws IOException {
        member = new RawMember();
        sidecar = RunningSidecar.of("m=" + member.url(), directory);
    }

    @AfterEach
    void stop() throws IOException {
        sidecar.close();
        member.close();
    }

    private Reply ask(String request) throws IOException {
        return RawClient.ask(sidecar.port(), request);
    }

    private String seen() {
        return member.requests().remove();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "FROB", "get", "M-SEARCH", "QUERY"})
    void everyMethodIsForwarded(String method) throws IOException {
        assertThat(ask(method + " /v2/keys/a HTTP/1.1\r\n" + HOST + "\r\n").status())
                .isEqualTo(200);
        assertThat(seen()).startsWith(method + " /v2/keys/a HTTP/1.1\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "/v2/keys/a%2Fb%41?x=%41&&y, /v2/keys/a%2Fb%41?x=%41&&y",
        "//v2//keys/a;b=c, //v2//keys/a;b=c",
        "http://elsewhere:80/v2/keys/a?b, /v2/keys/a?b",
        "/v2/keys/a|b, /v2/keys/a%7Cb",
        "/v2/keys/a?, /v2/keys/a?"
    })
    void theTargetKeepsItsEncoding(String target, String forwarded) throws IOException {
        assertThat(ask("GET " + target + " HTTP/1.1\r\nHost: elsewhere:80\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(seen()).startsWith("GET " + forwarded + " HTTP/1.1\r\n");
    }

    @Test
    void headersAreForwardedButForThoseOfTheHop() throws IOException {
        Reply reply = ask("GET /a HTTP/1.1\r\n" + HOST
                + "X-Dup: a\r\nX-Dup: b\r\nX-Empty:\r\nX-Utf8: \u00c3\u00a9\r\nAuthorization: Basic eDp5\r\nCookie: a=b\r\n"
                + "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: \u00c3\u00a9\r\nVia: 1.0 fred\r\n"
                + "Connection: keep-alive, X-Mine, Upgrade, via, accept-encoding, host\r\nX-Mine: 1\r\nKeep-Alive: 3\r\nProxy-Authorization: x\r\nTE: gzip\r\n"
                + "Upgrade: websocket\r\n\r\n");
        assertThat(reply.body()).isEqualTo("ok");
        assertThat(seen().split("\r\n", -1))
                .contains(
                        "Host: etcd.example:1",
                        "X-Dup: a",
                        "X-Dup: b",
                        "X-Empty: ",
                        "X-Utf8: \u00c3\u00a9",
                        "Authorization: Basic eDp5",
                        "Cookie: a=b",
                        "X-Forwarded-For: 1.2.3.4, \u00c3\u00a9, 127.0.0.1",
                        "Via: 1.0 fred",
                        "Accept-Encoding: identity")
                .anyMatch(line -> line.startsWith("Via: 1.1 "))
                .noneMatch(line -> line.matches("(?i)(X-Mine|Keep-Alive|Proxy-Authorization|TE|Upgrade): .*"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            })
    void anUpgradeIsNotMadeAndTheRequestForwardedAsItIs(String headers) throws IOException {
        assertThat(ask("GET /a HTTP/1.1\r\n" + HOST + headers + "\r\n").body()).isEqualTo("ok");
        assertThat(seen()).doesNotContain("Upgrade", "HTTP2-Settings");
    }

    @Test
    void aCodingThatTheClientTakesIsTheMembersToChoose() throws IOException {
        member.replies("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nzip");
        Reply reply = ask("GET /a HTTP/1.1\r\n" + HOST + "Accept-Encoding: gzip\r\n\r\n");
        assertThat(seen()).contains("Accept-Encoding: gzip\r\n");
        assertThat(reply.headers("Content-Encoding")).containsExactly("gzip");
        assertThat(reply.body()).isEqualTo("zip");
    }

    @Test
    void aResponseIsPassedBackButForTheHeadersOfTheHop() throws IOException {
        member.replies(
                "HTTP/1.1 299 Odd\r\nX-Dup: a\r\nX-Dup: b\r\nSet-Cookie: a=b\r\nX-Etcd-Index: 7\r\nDate: then\r\n"
                        + "Connection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 3\r\nContent-Length: 2\r\n\r\nok");
        Reply reply = ask("GET /a HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(reply.status()).isEqualTo(299);
        assertThat(reply.headers("X-Dup")).containsExactly("a", "b");
        assertThat(reply.headers("Set-Cookie")).containsExactly("a=b");
        assertThat(reply.headers("X-Etcd-Index")).containsExactly("7");
        assertThat(reply.headers("Date")).containsExactly("then");
        assertThat(reply.headers("X-Mine")).isEmpty();
        assertThat(reply.headers("Keep-Alive")).isEmpty();
        assertThat(reply.headers("Server")).isEmpty();
        assertThat(reply.body()).isEqualTo("ok");
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 204 No Content, GET",
        "HTTP/1.1 304 Not Modified, GET",
        "HTTP/1.1 200 OK|Content-Length: 99, HEAD",
        "HTTP/1.1 301 Moved Permanently|Location: /elsewhere|Content-Length: 0, GET",
        "HTTP/1.1 401 Unauthorized|Content-Length: 0, GET",
        "HTTP/1.1 503 Service Unavailable|Retry-After: 0|Content-Length: 0, PUT"
    })
    void aConnectionIsKeptBehindResponsesWithoutABody(String head, String method) throws IOException {
        member.replies(head.replace("|", "\r\n") + "\r\n\r\n");
        try (RawClient client = new RawClient(sidecar.port())) {
            for (int i = 0; i < 2; i++) {
                client.send(method + " /a HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n");
                Reply reply = client.read(method.equals("HEAD"));
                assertThat(reply.head().get(0)).isEqualTo(head.split("\\|", -1)[0]);
                for (String line : head.split("\\|", -1)) {
                    assertThat(reply.head()).contains(line);
                }
            }
        }
        assertThat(member.requests()).hasSize(2);
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            String path = head.split(" ", -1)[1];
            RawMember.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send(("GET /a HTTP/1.1\r\n" + HOST + "\r\n")
                    + ("GET /b HTTP/1.1\r\n" + HOST + "\r\n")
                    + ("GET /c HTTP/1.1\r\n" + HOST + "\r\n"));
            assertThat(client.read().body()).isEqualTo("/a");
            assertThat(client.read().body()).isEqualTo("/b");
            assertThat(client.read().body()).isEqualTo("/c");
        }
    }

    /** Data that arrives while a request waits is read ahead, to detect a disconnect, and must not be lost. */
    @Test
    void aRequestThatComesWhileAnotherWaitsIsServedAfterIt() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            go.await();
            String path = head.split(" ", -1)[1];
            RawMember.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("GET /a HTTP/1.1\r\n" + HOST + "\r\n");
            await().until(() -> member.requests().size() == 1);
            client.send("GET /b?" + "x".repeat(3000) + " HTTP/1.1\r\n" + HOST);
            await().pollDelay(Duration.ofMillis(600)).until(() -> true); // two checks of the connection
            client.send("X-Later: 1\r\n\r\n");
            go.countDown();
            assertThat(client.read().body()).isEqualTo("/a");
            assertThat(client.read().body()).startsWith("/b?x");
        }
    }

    @Test
    void aChunkedBodyIsForwarded() throws IOException {
        ask("POST /a HTTP/1.1\r\n" + HOST
                + "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
                + "3;ext=1\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n");
        assertThat(seen()).contains("Content-Type: application/json\r\n").endsWith("\r\n\r\nabcdefg");
    }

    @Test
    void aBodyToAMethodThatHasNoneIsLeftOut() throws IOException {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send(
                    "GET /a HTTP/1.1\r\n" + HOST + "Content-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(200);
        }
        assertThat(seen()).startsWith("GET /a ").endsWith("\r\n\r\n");
        assertThat(seen()).startsWith("GET /b ");
    }

    @Test
    void theClientIsAskedToContinueWithItsBody() throws IOException {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("PUT /a HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send("abc").read().status()).isEqualTo(200);
        }
        assertThat(seen()).doesNotContain("Expect:").endsWith("\r\n\r\nabc");
    }

    /** More than is read ahead, and than sockets hold. */
    @Test
    void aClientIsMadeToWaitWhileTheMemberTakesNothingAndItsBodyStaysWhole() throws Exception {
        byte[] body = new byte[64 * 1024 * 1024];
        new Random(1).nextBytes(body);
        CountDownLatch full = new CountDownLatch(1);
        CompletableFuture<byte[]> taken = new CompletableFuture<>();
        member.replies((head, in, out) -> {
            full.await();
            taken.complete(in.readNBytes(body.length));
            RawMember.write(out, RawMember.OK);
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("POST /a HTTP/1.1\r\n" + HOST + "Content-Length: " + body.length + "\r\n\r\n");
            int sent = client.sendWhileTaken(body);
            assertThat(sent).isLessThan(body.length);
            full.countDown();
            client.send(Arrays.copyOfRange(body, sent, body.length));
            assertThat(client.read().status()).isEqualTo(200);
        }
        assertThat(taken.get()).isEqualTo(body);
    }

    /** The client sends the second half only when the member has the first. */
    @Test
    void aLongBodyIsPassedOnWhileItComes() throws Exception {
        int half = 300_000;
        CompletableFuture<Integer> first = new CompletableFuture<>();
        CompletableFuture<String> second = new CompletableFuture<>();
        member.replies((head, in, out) -> {
            first.complete(in.readNBytes(half - 8192).length);
            second.complete(new String(in.readNBytes(half + 8192), StandardCharsets.ISO_8859_1));
            RawMember.write(out, RawMember.OK);
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("PUT /a HTTP/1.1\r\n" + HOST + "Content-Length: " + 2 * half + "\r\n\r\n" + "a".repeat(half));
            assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo(half - 8192);
            client.send("b".repeat(half));
            assertThat(client.read().status()).isEqualTo(200);
        }
        assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("a".repeat(8192) + "b".repeat(half));
    }

    /** The member sends each next part only when the client has the one before. */
    @Test
    void aResponseIsPassedBackWhileItComes() throws Exception {
        CountDownLatch headSeen = new CountDownLatch(1);
        CountDownLatch chunkSeen = new CountDownLatch(1);
        member.replies((head, in, out) -> {
            RawMember.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Etcd-Index: 1\r\n\r\n");
            headSeen.await();
            RawMember.write(out, "3\r\nabc\r\n");
            chunkSeen.await();
            RawMember.write(out, "3\r\ndef\r\n0\r\n\r\n");
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("GET /a HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(client.readHead().headers("X-Etcd-Index")).containsExactly("1");
            headSeen.countDown();
            assertThat(client.readChunk()).isEqualTo("abc");
            chunkSeen.countDown();
            assertThat(client.readChunk()).isEqualTo("def");
            assertThat(client.readChunk()).isEmpty();
        }
    }

    @Test
    void aResponseThatBreaksOffDoesSoForTheClientToo() throws IOException {
        member.replies((head, in, out) -> {
            RawMember.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "a".repeat(50_000));
            throw new IOException("closes the connection");
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("POST /a HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n");
            Reply reply = client.read();
            assertThat(reply.headers("Content-Length")).containsExactly("100000");
            assertThat(reply.body().length()).isLessThan(100_000);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void aShortResponseThatBreaksOffIsReported() throws IOException {
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            RawMember.write(out, "HTTP/1.1 201 Created\r\nX-Etcd-Index: 7\r\nContent-Length: 10\r\n\r\nabc");
            throw new IOException("closes the connection");
        });
        Reply reply = ask("POST /a HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n");
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.headers("X-Etcd-Index")).isEmpty();
        assertThat(reply.headers("Date")).hasSize(1);
        assertThat(reply.body()).contains("broke off; what was asked for may have been done");
    }

    @Test
    void aClientOfHttp10GetsABodyThatEndsWithTheConnection() throws IOException {
        member.replies("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        try (RawClient client = new RawClient(sidecar.port())) {
            Reply reply = client.send("GET /a HTTP/1.0\r\n\r\n").read();
            assertThat(reply.headers("Transfer-Encoding")).isEmpty();
            assertThat(reply.body()).isEqualTo("abc");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false, 0, 0, 0",
        "true, 0, 0, 0",
        "true, 100000, 0, 0",
        "true, 0, 0, 100000",
        "true, 0, 20000, 0",
        "true, 0, 40000, 0",
        "true, 0, 70000, 0"
    })
    void aClientThatGoesReleasesTheMemberWithinASecond(boolean afterTheHead, int body, int sentWithIt, int sentAhead)
            throws Exception {
        CompletableFuture<Long> released = new CompletableFuture<>();
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            if (afterTheHead) {
                RawMember.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            }
            int unused = in.read(); // until the sidecar closes
            released.complete(System.nanoTime());
        });
        RawClient client = new RawClient(sidecar.port());
        client.send("GET /v2/keys/a?wait=true HTTP/1.1\r\n" + HOST + "Content-Length: " + body + "\r\n\r\n"
                + "x".repeat(body) + "y".repeat(sentWithIt));
        await().until(() -> !member.requests().isEmpty());
        if (afterTheHead) {
            assertThat(client.readHead().status()).isEqualTo(200);
        }
        client.send("GET /next?" + "x".repeat(sentAhead));
        long gone = System.nanoTime();
        client.close();
        long nanos = released.get(20, TimeUnit.SECONDS) - gone;
        assertThat(nanos).isLessThan(TimeUnit.SECONDS.toNanos(1));
    }

    /** As with the original; here it is logged. */
    @Test
    void aClientThatEndsItsSideIsTakenForGone() throws Exception {
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            int unused = in.read(); // until the sidecar closes
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("PUT /v2/keys/a HTTP/1.1\r\n" + HOST + "Content-Length: 1\r\n\r\nx");
            client.endSending();
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(502);
            assertThat(reply.body()).contains("the client ended its side of the connection", "may have been done");
        }
        assertThat(ask("GET /metrics HTTP/1.1\r\n" + HOST + "\r\n").body())
                .contains("etcd_proxy_dropped_total{method=\"PUT\",proxying_error=\"failed_getting_response\"} 1.0");
    }

    @Test
    void anAnswerThatComesAtOnceReachesAClientThatHasEndedItsSide() throws Exception {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("GET /a HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n");
            client.endSending();
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void aRequestThatComesBackIsRefusedAndCounted() throws Exception {
        assertThat(ask("GET /a HTTP/1.1\r\n" + HOST + "\r\n").status()).isEqualTo(200);
        String via = seen().lines()
                .filter(line -> line.startsWith("Via: "))
                .findFirst()
                .orElseThrow();
        assertThat(ask("GET /a HTTP/1.1\r\n" + HOST + via + "\r\n\r\n").status())
                .isEqualTo(508);
        assertThat(ask("GET /metrics HTTP/1.1\r\n" + HOST + "\r\n").body())
                .contains(
                        "etcd_proxy_requests_total{method=\"GET\"} 2.0",
                        "etcd_proxy_dropped_total{method=\"GET\",proxying_error=\"refused\"} 1.0");
    }

    @Test
    void aClientCannotHideItsAddress() throws IOException {
        assertThat(ask("GET /a HTTP/1.1\r\n" + HOST + "X-Forwarded-For: 1.2.3.4\r\nConnection: x-forwarded-for\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(seen().split("\r\n", -1)).contains("X-Forwarded-For: 127.0.0.1");
    }

    @Test
    void headersOfAResponseKeepTheirBytes() throws IOException {
        member.replies("HTTP/1.1 200 OK\r\nX-Utf8: \u00c3\u00a9\u00e4\u00b8\u00ad\r\nContent-Length: 2\r\n\r\nok");
        assertThat(ask("GET /a HTTP/1.1\r\n" + HOST + "\r\n").headers("X-Utf8"))
                .containsExactly("\u00c3\u00a9\u00e4\u00b8\u00ad");
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.example:80, http://a.example:80, http://a.example:80",
        "http://a.example:80, http://b.example:80,",
        "http://a.example:80, ,",
        "*, http://b.example:80, *",
        "*, , *"
    })
    void aPageMayReadAnswersOnlyWhereItsOriginIsAllowed(String allowed, String origin, String allowedOrigin)
            throws IOException {
        member.replies("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\nok");
        try (RunningSidecar restricted =
                RunningSidecar.of("m=" + member.url(), directory.resolve("cors"), "--cors", allowed)) {
            Reply reply = RawClient.ask(
                    restricted.port(),
                    "GET /a HTTP/1.1\r\n" + HOST + (origin == null ? "" : "Origin: " + origin + "\r\n") + "\r\n");
            assertThat(reply.headers("Access-Control-Allow-Origin"))
                    .isEqualTo(allowedOrigin == null ? List.of() : List.of(allowedOrigin));
        }
    }
}
