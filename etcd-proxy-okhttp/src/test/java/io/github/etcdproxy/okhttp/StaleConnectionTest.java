package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A pooled connection with unsolicited data is not used; no caller gets another call's response. */
@Timeout(60)
class StaleConnectionTest {
    private static final String STRAY = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray";
    private static final String TIMEOUT =
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    private static final HeldCertificate CERTIFICATE =
            new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build();

    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    /** The unsolicited data that a member sends. */
    enum More {
        WITH_THE_RESPONSE,
        RIGHT_AFTER_IT,
        CHUNKED,
        WHILE_IDLE
    }

    /** A member that answers each request with its number, and may send more than that. */
    private final class Talkative implements AutoCloseable {
        private final ServerSocket server;
        private final More more;
        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final List<Socket> connections = new CopyOnWriteArrayList<>();
        private final CountDownLatch spoken = new CountDownLatch(1);
        private volatile boolean talkative = true;

        Talkative(boolean tls, More more) throws IOException {
            this.more = more;
            HandshakeCertificates certificates = new HandshakeCertificates.Builder()
                    .heldCertificate(CERTIFICATE)
                    .build();
            server = tls
                    ? certificates
                            .sslContext()
                            .getServerSocketFactory()
                            .createServerSocket(0, 50, InetAddress.getLoopbackAddress())
                    : new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread acceptor = new Thread(this::accept, "talkative");
            acceptor.setDaemon(true);
            acceptor.start();
            open.add(this);
        }

        private void accept() {
            while (!server.isClosed()) {
                try {
                    Socket connection = server.accept();
                    connection.setTcpNoDelay(true);
                    connections.add(connection);
                    Thread thread = new Thread(() -> serve(connection), "talkative connection");
                    thread.setDaemon(true);
                    thread.start();
                } catch (IOException e) {
                    return;
                }
            }
        }

        private void serve(Socket connection) {
            try (connection) {
                BufferedReader in = new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String request = line;
                    int length = 0;
                    for (line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                            length = Integer.parseInt(line.substring(15).strip());
                        }
                    }
                    for (int i = 0; i < length; i++) {
                        assertThat(in.read()).isNotNegative();
                    }
                    answer(connection.getOutputStream(), request);
                }
            } catch (IOException e) {
                // The other side has gone.
            }
        }

        private void answer(OutputStream out, String request) throws IOException {
            if (request.contains("/version")) {
                write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            requests.add(request);
            String own = "own " + requests.size();
            String response = "HTTP/1.1 200 OK\r\nContent-Length: " + own.length() + "\r\n\r\n" + own;
            if (!talkative) {
                write(out, response);
                return;
            }
            switch (more) {
                case WITH_THE_RESPONSE -> write(out, response + STRAY);
                case CHUNKED ->
                    write(
                            out,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(own.length())
                                    + "\r\n" + own + "\r\n0\r\n\r\n" + STRAY);
                case RIGHT_AFTER_IT -> {
                    write(out, response);
                    write(out, STRAY);
                }
                case WHILE_IDLE -> {
                    write(out, response);
                    spoken.countDown();
                }
            }
        }

        /** Sends a text on every open connection. */
        void sayOnAll(String text) throws IOException {
            for (Socket connection : connections) {
                write(connection.getOutputStream(), text);
            }
        }

        private void write(OutputStream out, String text) throws IOException {
            out.write(text.getBytes(ISO_8859_1));
            out.flush();
        }

        @Override
        public void close() {
            try {
                server.close();
                for (Socket connection : connections) {
                    connection.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private OkHttpClient clientOf(Talkative member, boolean tls) throws Exception {
        RawMember peer = new RawMember("peer", false);
        open.add(peer);
        peer.lists(List.of((tls ? "https" : "http") + "://127.0.0.1:" + member.server.getLocalPort()));
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                .start();
        open.add(proxy);
        proxy.awaitReady(Duration.ofSeconds(20));
        OkHttpClient.Builder plain = RealEtcd.client();
        if (tls) {
            HandshakeCertificates trusting = new HandshakeCertificates.Builder()
                    .addTrustedCertificate(CERTIFICATE.certificate())
                    .build();
            plain.sslSocketFactory(trusting.sslSocketFactory(), trusting.trustManager());
        }
        return proxy.wrap(plain.build());
    }

    private static Request request(String method) {
        return method.equals("PUT") ? put("/v2/keys/a", "1") : get("/v2/keys/a");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, WITH_THE_RESPONSE",
        "PUT, WITH_THE_RESPONSE",
        "GET, RIGHT_AFTER_IT",
        "PUT, RIGHT_AFTER_IT",
        "GET, CHUNKED",
        "PUT, CHUNKED"
    })
    void secondResponse_isNotTakenForTheNext(String method, More more) throws Exception {
        Talkative member = new Talkative(false, more);
        OkHttpClient client = clientOf(member, false);
        for (int call = 1; call <= 20; call++) {
            assertThat(body(client, request(method), 200)).isEqualTo("own " + call);
            int number = call;
            // It has come when the connection has something to read, or was read already.
            await().until(() -> member.requests.size() == number);
        }
        assertThat(member.requests).hasSize(20);
    }

    @ParameterizedTest
    @CsvSource({"GET, true", "PUT, true", "GET, false", "PUT, false"})
    void strayResponseOnIdleConnections_costsNoCall(String method, boolean tls) throws Exception {
        Talkative member = new Talkative(tls, More.WHILE_IDLE);
        OkHttpClient client = clientOf(member, tls);
        // Several connections, all of which are stale afterwards.
        CountDownLatch together = new CountDownLatch(4);
        List<Thread> callers = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread caller = new Thread(() -> {
                try (Response response = client.newCall(get("/v2/keys/a")).execute()) {
                    together.countDown();
                    together.await(10, TimeUnit.SECONDS);
                    assertThat(response.body().string()).startsWith("own ");
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            callers.add(caller);
            caller.start();
        }
        for (Thread caller : callers) {
            caller.join();
        }
        int before = member.requests.size();
        member.sayOnAll(TIMEOUT);

        for (int i = 1; i <= 5; i++) {
            assertThat(body(client, request(method), 200)).isEqualTo("own " + (before + i));
        }
        assertThat(member.requests).hasSize(before + 5);
    }

    @Test
    void secondResponseInTlsRecord_readIsRepeated() throws Exception {
        Talkative member = new Talkative(true, More.WITH_THE_RESPONSE);
        OkHttpClient client = clientOf(member, true);
        assertThat(body(client, get("/v2/keys/a"), 200)).isEqualTo("own 1");
        member.talkative = false;

        assertThat(body(client, get("/v2/keys/a"), 200)).startsWith("own ").isNotEqualTo("own 1");
    }

    @Test
    void secondResponseInTlsRecord_writeIsUnknown() throws Exception {
        Talkative member = new Talkative(true, More.WITH_THE_RESPONSE);
        OkHttpClient client = clientOf(member, true);
        assertThat(body(client, get("/v2/keys/a"), 200)).isEqualTo("own 1");
        member.talkative = false;

        assertThat(body(client, put("/v2/keys/a", "1"), 502))
                .contains("\"outcome\":\"unknown\"", "sent an unsolicited response");
        assertThat(member.requests).hasSize(2);
        assertThat(body(client, put("/v2/keys/a", "1"), 200)).isEqualTo("own 3");
    }

    @ParameterizedTest
    @EnumSource
    void quietMember_keepsItsConnection(More more) throws Exception {
        Talkative member = new Talkative(false, more);
        member.talkative = false;
        OkHttpClient client = clientOf(member, false);
        for (int call = 1; call <= 50; call++) {
            assertThat(body(client, request(call % 2 == 0 ? "PUT" : "GET"), 200))
                    .isEqualTo("own " + call);
        }
        assertThat(member.connections).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5;", "5;name=", "5 "})
    void lineThatNeverEnds_isBoundedAndNamed(String start) throws Exception {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(server);
        Thread endless = new Thread(
                () -> {
                    byte[] piece = "a".repeat(1 << 16).getBytes(ISO_8859_1);
                    while (!server.isClosed()) {
                        try (Socket connection = server.accept()) {
                            byte[] request = new byte[8192];
                            assertThat(connection.getInputStream().read(request))
                                    .isPositive();
                            OutputStream out = connection.getOutputStream();
                            out.write(("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + start)
                                    .getBytes(ISO_8859_1));
                            for (int i = 0; i < 4096; i++) { // 256 MiB
                                out.write(piece);
                            }
                        } catch (IOException e) {
                            // Cut, as it should be.
                        }
                    }
                },
                "endless");
        endless.setDaemon(true);
        endless.start();
        RawMember peer = new RawMember("peer", false);
        open.add(peer);
        peer.lists(List.of("http://127.0.0.1:" + server.getLocalPort()));
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(PeerDiscovery.initialCluster("peer=" + peer.url()))
                .start();
        open.add(proxy);
        proxy.awaitReady(Duration.ofSeconds(20));

        assertThat(body(proxy.wrap(RealEtcd.client().build()), get("/v2/keys/a"), 502))
                .contains("a header or chunk line is longer than 262144 bytes", "\"phase\":\"exchange\"");
    }
}
