package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.sidecar.RawClient.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients beyond the limits, and the shutdown of the sidecar. */
class LimitsTest {
    private static final String GET = "GET /v2/keys/a HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final Limits LIMITS =
            new Limits(5, 8192, Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2));

    @TempDir
    private Path directory;

    private RawMember member;
    private RunningSidecar sidecar;

    @BeforeEach
    void start() throws IOException {
        member = new RawMember();
        sidecar = RunningSidecar.of(LIMITS, "m=" + member.url(), directory);
    }

    @AfterEach
    void stop() throws IOException {
        sidecar.close();
        member.close();
    }

    private List<RawClient> asManyAsAreServed() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < LIMITS.connections(); i++) {
            RawClient client = new RawClient(sidecar.port());
            clients.add(client);
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
        return clients;
    }

    @Test
    void connectionsBeyondTheLimitAreRefusedUntilOthersEnd() throws IOException {
        List<RawClient> clients = asManyAsAreServed();
        try (RawClient beyond = new RawClient(sidecar.port())) {
            Reply reply = beyond.send(GET).read();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body()).contains("more than " + LIMITS.connections() + " connections");
            assertThat(beyond.isClosed()).isTrue();
        }
        assertThat(clients.get(1).send(GET).read().status()).isEqualTo(200);
        for (RawClient client : clients) {
            client.close();
        }
        await().until(() -> RawClient.ask(sidecar.port(), GET).status() == 200);
    }

    /** Memory can't hold the requests of any number of clients, so only some of those beyond the limit are read. */
    @Test
    void afterAFloodOfConnectionsTheLimitIsWhatItWas() throws IOException {
        for (int times = 0; times < 2; times++) {
            List<RawClient> flood = new ArrayList<>();
            for (int i = 0; i < 20 * LIMITS.connections(); i++) {
                flood.add(new RawClient(sidecar.port()));
            }
            for (RawClient client : flood) {
                client.close();
            }
        }
        await().until(() -> RawClient.ask(sidecar.port(), GET).status() == 200);
        connectionsBeyondTheLimitAreRefusedUntilOthersEnd();
    }

    @Test
    void tooFewFileDescriptorsAreWarnedOf() {
        Limits limits =
                new Limits(10_000, LIMITS.headBytes(), LIMITS.headTime(), LIMITS.idleTime(), LIMITS.drainTime());
        assertThat(limits.shortage(1024))
                .contains("This process may have 1024 file descriptors, and 10000 connections can need 20200: raise the"
                        + " limit, by \"ulimit -n\" or LimitNOFILE= of systemd");
        assertThat(limits.shortage(20_200)).isEmpty();
    }

    @Test
    void aHeadThatIsTooLongIsRefused() throws IOException {
        assertThat(RawClient.ask(
                                sidecar.port(),
                                "GET /a HTTP/1.1\r\nHost: x\r\nX-Long: " + "x".repeat(8192) + "\r\n\r\n")
                        .status())
                .isEqualTo(431);
        assertThat(RawClient.ask(sidecar.port(), "GET /" + "x".repeat(8192) + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .status())
                .isEqualTo(414);
    }

    @Test
    void aHeadThatDripsIsCutOffHoweverOftenItDrips() throws Exception {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("GET /a HTTP/1.1\r\nHost: x\r\n");
            CompletableFuture<Reply> reply = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.read();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                if (!reply.isDone()) {
                    client.send("X: y\r\n");
                }
                return reply.isDone();
            });
            assertThat(reply.get().status()).isEqualTo(408);
            assertThat(client.isClosed()).isTrue();
        }
        assertThat(member.requests()).isEmpty();
    }

    @Test
    void aConnectionWithoutARequestIsClosed() throws IOException {
        try (RawClient client = new RawClient(sidecar.port())) {
            assertThat(client.isClosed()).isTrue();
        }
        try (RawClient client = new RawClient(sidecar.port())) {
            assertThat(client.send(GET).read().status()).isEqualTo(200);
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void aBodyThatStopsComingIsRefusedAndReachesNobody() throws IOException {
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(client.read().status()).isEqualTo(408);
            assertThat(client.isClosed()).isTrue();
        }
        assertThat(member.requests()).isEmpty();
    }

    /** It is the member that is slow. */
    @Test
    void aClientThatIsMadeToWaitIsNotCutOffAsIdle() throws Exception {
        byte[] body = new byte[64 * 1024 * 1024];
        CountDownLatch full = new CountDownLatch(1);
        member.replies((head, in, out) -> {
            full.await();
            in.skipNBytes(body.length);
            RawMember.write(out, RawMember.OK);
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
            int sent = client.sendWhileTaken(body);
            await().pollDelay(LIMITS.idleTime()).until(() -> true);
            full.countDown();
            client.send(Arrays.copyOfRange(body, sent, body.length));
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void aClientThatDoesNotReadReleasesTheMember() throws Exception {
        CompletableFuture<Boolean> released = new CompletableFuture<>();
        member.replies((head, in, out) -> {
            RawMember.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
            try {
                while (true) {
                    RawMember.write(out, chunk);
                }
            } catch (IOException e) {
                released.complete(true);
            }
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send(GET);
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(released.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWatchMayBeSilentForLongerThanAConnectionMayBeIdle(boolean headComesFirst) throws Exception {
        CountDownLatch event = new CountDownLatch(1);
        String begin = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        member.replies((head, in, out) -> {
            RawMember.write(out, headComesFirst ? begin : "");
            event.await();
            RawMember.write(out, headComesFirst ? "" : begin);
            RawMember.write(out, "3\r\nabc\r\n0\r\n\r\n");
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("GET /v2/keys/a?wait=true HTTP/1.1\r\nHost: x\r\n\r\n");
            Reply first = headComesFirst ? client.readHead() : null;
            await().pollDelay(LIMITS.idleTime().multipliedBy(2)).until(() -> true);
            event.countDown();
            assertThat((first == null ? client.readHead() : first).status()).isEqualTo(200);
            assertThat(client.readChunk()).isEqualTo("abc");
            assertThat(client.readChunk()).isEmpty();
        }
    }

    /** A chunked read has no length either, and must not look complete when it is not. */
    @Test
    void endingWaitsForNobodyWhoAsksForNothing() throws IOException {
        try (RawClient kept = new RawClient(sidecar.port());
                RawClient fresh = new RawClient(sidecar.port())) {
            assertThat(kept.send(GET).read().status()).isEqualTo(200);
            long begin = System.nanoTime();
            sidecar.close();
            assertThat(System.nanoTime() - begin)
                    .isLessThan(LIMITS.drainTime().dividedBy(2).toNanos());
            assertThat(kept.isClosed()).isTrue();
            assertThat(fresh.isClosed()).isTrue();
        }
    }

    /** As if one had been sent by an old client behind its body; it may come before the response has been sent. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLineEndBetweenRequestsIsNotTheBeginningOfOne(boolean early) throws IOException {
        Limits patient = new Limits(5, 8192, LIMITS.headTime(), Duration.ofSeconds(20), LIMITS.drainTime());
        try (RunningSidecar other = RunningSidecar.of(patient, "m=" + member.url(), directory.resolve("patient"));
                RawClient client = new RawClient(other.port())) {
            if (early) {
                member.replies((head, in, out) -> {
                    member.readBody(head, in);
                    client.send("\r\n");
                    RawMember.write(out, RawMember.OK);
                });
            }
            assertThat(client.send(GET).read().status()).isEqualTo(200);
            client.send(early ? "" : "\r\n");
            await().pollDelay(LIMITS.headTime().multipliedBy(3).dividedBy(2)).until(() -> true);
            assertThat(client.send(GET).read().status()).isEqualTo(200);
        }
    }

    @Test
    void oneBeyondTheLimitCannotStayByDripping() throws Exception {
        List<RawClient> clients = asManyAsAreServed();
        try (RawClient beyond = new RawClient(sidecar.port())) {
            beyond.send("GET /a HTTP/1.1\r\nX: ");
            await().pollInterval(Duration.ofMillis(100))
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> {
                        beyond.sendWhatIsTaken(new byte[] {'x'});
                        return beyond.isGone();
                    });
        }
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void endingEndsWatchesCleanlyLetsAllElseEndAndRefusesNewRequests() throws Exception {
        String event =
                "{\"action\":\"set\",\"node\":{\"key\":\"/a\",\"value\":\"1\",\"modifiedIndex\":5,\"createdIndex\":5}}\n";
        CountDownLatch end = new CountDownLatch(1);
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            if (head.contains("wait=true")) {
                RawMember.write(
                        out,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(event.length())
                                + "\r\n" + event + "\r\n");
                int unused = in.read(); // until the sidecar closes
            } else if (head.startsWith("POST ")) {
                RawMember.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                end.await();
                RawMember.write(out, "3\r\ndef\r\n0\r\n\r\n");
            } else if (head.startsWith("PUT ")) {
                end.await();
                RawMember.write(out, RawMember.OK);
            } else {
                RawMember.write(out, RawMember.OK);
            }
        });
        try (RawClient watch = new RawClient(sidecar.port());
                RawClient slow = new RawClient(sidecar.port());
                RawClient put = new RawClient(sidecar.port());
                RawClient kept = new RawClient(sidecar.port())) {
            watch.send("GET /v2/keys/a?wait=true&stream=true HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(watch.readHead().status()).isEqualTo(200);
            assertThat(watch.readChunk()).isEqualTo(event);
            slow.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(slow.readHead().status()).isEqualTo(200);
            assertThat(slow.readChunk()).isEqualTo("abc");
            put.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(kept.send(GET).read().status()).isEqualTo(200);
            await().until(() -> member.requests().size() == 4);

            CompletableFuture<Void> closing = CompletableFuture.runAsync(sidecar::close);
            assertThat(watch.readChunk()).isEmpty(); // its end, and no error
            watch.send("GET /v2/keys/a?wait=true&stream=true HTTP/1.1\r\nHost: x\r\n\r\n"); // it would be back at once
            assertThat(closing).isNotDone();
            end.countDown();
            assertThat(put.read().status()).isEqualTo(200);
            assertThat(put.isClosed()).isTrue();
            assertThat(slow.readChunk()).isEqualTo("def");
            assertThat(slow.readChunk()).isEmpty();
            closing.get(20, TimeUnit.SECONDS);
            assertThat(kept.isClosed()).isTrue();
            assertThat(member.requests()).hasSize(4);
        }
    }

    @Test
    void endingLetsAClientSendItsBodyInItsOwnTime() throws Exception {
        Limits patient = new Limits(5, 8192, Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10));
        try (RunningSidecar other = RunningSidecar.of(patient, "m=" + member.url(), directory.resolve("patient"));
                RawClient client = new RawClient(other.port())) {
            assertThat(client.send(GET).read().status()).isEqualTo(200);
            client.send("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            client.send("ab");
            CompletableFuture<Void> closing = CompletableFuture.runAsync(other::close);
            await().pollDelay(Duration.ofMillis(1500)).until(() -> true); // Jetty itself would give it a second
            assertThat(client.send("cd").read().status()).isEqualTo(200);
            closing.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void endingDoesNotMakeWhatIsCutLookWhole() throws Exception {
        member.replies((head, in, out) -> {
            RawMember.write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            int unused = in.read(); // and never the rest
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readChunk()).isEqualTo("abc");
            sidecar.close();
            assertThatThrownBy(client::readChunk).isInstanceOf(IOException.class);
        }
    }

    @Test
    void endingDoesNotWaitForeverForARequest() throws Exception {
        member.replies((head, in, out) -> {
            member.readBody(head, in);
            int unused = in.read(); // never answers
        });
        try (RawClient client = new RawClient(sidecar.port())) {
            client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            await().until(() -> !member.requests().isEmpty());
            long begin = System.nanoTime();
            sidecar.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(10));
        }
    }
}
