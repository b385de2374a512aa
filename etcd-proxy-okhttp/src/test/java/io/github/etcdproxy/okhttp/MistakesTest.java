package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.PeerDiscovery;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HexFormat;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes in the configuration, made with real sockets: the reason says what to change. */
@Isolated // sets system properties
class MistakesTest {
    private static final String ADVERTISE =
            "does it serve gRPC only? advertise its HTTP URL, or map it by clientUrlRule";

    private static String unusedPort() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(server.getLocalPort());
        }
    }

    private static ScriptedCluster advertising(String url) {
        ScriptedCluster peers = new ScriptedCluster(0);
        peers.peerAnswers(request -> new MockResponse.Builder()
                .body("[{\"id\":1,\"clientURLs\":[\"" + url + "\"]}]")
                .build());
        return peers;
    }

    /** What the proxy says of its only peer once it has been asked. */
    private static String peerReason(EtcdProxy proxy) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> proxy.status().refreshFailure().isPresent());
        return proxy.status().refreshFailure().orElseThrow();
    }

    @Test
    void deadHttpProxyOfTheSystem_isNamed() throws Exception {
        String port = unusedPort();
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", port);
        String through =
                "through the HTTP proxy 127.0.0.1:" + port + ", set by the system property http.proxyHost: Failed to";
        try (ScriptedCluster peers = advertising("http://member.invalid:2379");
                EtcdProxy ready = peers.proxy().start();
                EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(RealEtcd.LISTEN)
                        .discovery(PeerDiscovery.initialCluster("a=http://peer.invalid:2380"))
                        .start()) {
            assertThat(peerReason(proxy)).contains("http://peer.invalid:2380: " + through);

            OkHttpClient client = ready.wrap(RealEtcd.client().build());
            assertThat(body(client, get("/a"), 502)).contains(through);
            await().untilAsserted(() -> assertThat(
                            ready.status().endpoints().get(0).failure().orElseThrow())
                    .contains(through));
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
        }
    }

    @Test
    void unknownHttpProxyOfTheClient_isNamed() throws Exception {
        OkHttpClient through = RealEtcd.client()
                .proxy(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("cache.invalid", 3128)))
                .build();
        String reason = "through the HTTP proxy cache.invalid:3128, set by the client: unknown host cache.invalid";
        try (ScriptedCluster peers = advertising("http://127.0.0.1:1");
                EtcdProxy ready = peers.proxy().start();
                EtcdProxy proxy = peers.proxy().peerClient(through).start()) {
            assertThat(peerReason(proxy)).contains(reason);

            assertThat(body(ready.wrap(through), get("/a"), 502)).contains(reason);
        }
    }

    @Test
    void unknownNames_areCalledSo() throws Exception {
        try (ScriptedCluster peers = advertising("http://infra1.invalid:2379");
                EtcdProxy ready = peers.proxy().start();
                EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(RealEtcd.LISTEN)
                        .discovery(PeerDiscovery.initialCluster("a=http://infra1.invalid:2380"))
                        .start()) {
            assertThat(peerReason(proxy)).contains("http://infra1.invalid:2380: unknown host infra1.invalid");

            OkHttpClient client = ready.wrap(RealEtcd.client().build());
            assertThat(body(client, get("/a"), 502)).contains("unknown host infra1.invalid");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "000006040000000000000500004000, false", // SETTINGS, then the end
        "000008070000000000000000000000000d, false", // GOAWAY
        "'', false",
        "'', true",
        "000006040000000000000500004000, true",
    })
    void memberThatServesGrpcOnly_isExplained(String frames, boolean reset) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(frames);
        try (ServerSocket member = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ScriptedCluster peers = advertising("http://127.0.0.1:" + member.getLocalPort());
                EtcdProxy proxy = peers.proxy().start()) {
            Thread acceptor = new Thread(() -> serve(member, bytes, reset), "grpc-only");
            acceptor.setDaemon(true);
            acceptor.start();

            OkHttpClient client = proxy.wrap(RealEtcd.client().build());
            assertThat(body(client, get("/a"), 502)).contains(ADVERTISE);
            assertThat(proxy.status().endpoints().get(0).failure().orElseThrow())
                    .contains(ADVERTISE);
        }
    }

    private static void serve(ServerSocket server, byte[] frames, boolean reset) {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                connection.getInputStream().read(new byte[1 << 14]);
                connection.getOutputStream().write(frames);
                if (reset) {
                    connection.setSoLinger(true, 0);
                }
            } catch (IOException e) {
                // The server has been closed, or the client has gone.
            }
        }
    }

    @Test
    void peerThatWantsTls_isExplained() throws Exception {
        try (ScriptedCluster peers = new ScriptedCluster(0)) {
            peers.peerAnswers(request -> new MockResponse.Builder()
                    .code(400)
                    .body("Client sent an HTTP request to an HTTPS server.\n")
                    .build());
            try (EtcdProxy proxy = peers.proxy().start()) {
                assertThat(peerReason(proxy)).contains("answered 400 instead of 200: is its URL https?");
                assertThatThrownBy(() -> proxy.awaitReady(Duration.ZERO)).hasMessageContaining("is its URL https?");
            }
        }
    }
}
