package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.Dnsmasq;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.examples.sidecar.RawClient.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar as operators start it, on real etcd. */
class SidecarProcessIT {
    @TempDir
    private Path directory;

    private static Reply get(int port, String path) throws IOException {
        return RawClient.ask(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    private static Reply put(int port, String path, String form) throws IOException {
        return RawClient.ask(
                port,
                "PUT " + path
                        + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                        + form.length() + "\r\n\r\n" + form);
    }

    @Test
    void takesTheFlagsOfTheOriginalAndEndsOnSigterm() throws Exception {
        int port = RunningSidecar.freePort();
        int second = RunningSidecar.freePort();
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
                SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        Map.of("ETCD_PROXY", "readonly", "ETCD_NAME", "proxy0"),
                        "-proxy=on",
                        "--listen-client-urls",
                        "http://127.0.0.1:" + port + ",http://localhost:" + second,
                        "--initial-cluster",
                        cluster.initialCluster(),
                        "--proxy-failure-wait",
                        "5000",
                        "--proxy-refresh-interval=30000",
                        "--proxy-dial-timeout",
                        "1000",
                        "--proxy-write-timeout",
                        "5000",
                        "--proxy-read-timeout",
                        "0")) {
            sidecar.awaitOutput("Ready: forwarding to the members at [");
            assertThat(put(port, "/v2/keys/a", "value=1").status()).isEqualTo(201);
            assertThat(get(second, "/v2/keys/a").body()).contains("\"value\":\"1\"");
            assertThat(get(port, "/v2/config/local/proxy").body())
                    .contains(cluster.members().stream()
                            .map(EtcdProcess::clientUrl)
                            .toList());
            assertThat(get(port, "/-/ready").body()).isEqualTo("ok: 3 of 3 members are up\n");
            assertThat(get(port, "/metrics").body())
                    .contains(
                            "etcd_proxy_requests_total{method=\"PUT\"} 1.0",
                            "etcd_proxy_handled_total{code=\"201\",method=\"PUT\"} 1.0",
                            "etcd_proxy_handling_duration_seconds_count{method=\"GET\"} 1",
                            "jvm_memory_used_bytes");
            assertThat(directory.resolve("proxy0.etcd/proxy/cluster")).exists(); // as etcd names it

            sidecar.terminate();
            assertThat(sidecar.status()).isEqualTo(128 + 15);
            assertThat(sidecar.output())
                    .contains(
                            "ETCD_PROXY is ignored, since --proxy is given",
                            "Listening at http://127.0.0.1:" + port + ", http://localhost:" + second + " (proxy on)",
                            "Ending: ",
                            "Ended");
            assertThat(sidecar.output().lines()).allMatch(line -> line.matches("\\d{4}-.* (INFO|WARN) .*"));
        }
    }

    @Test
    void waitsForATokensClusterThenForwards() throws Exception {
        int port = RunningSidecar.freePort();
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1)) {
            EtcdProcess member = cluster.members().get(0);
            int service = URI.create(member.clientUrl()).getPort();
            assertThat(put(service, "/v2/keys/_etcd/registry/t/_config/size", "value=1")
                            .status())
                    .isEqualTo(201);
            try (SidecarProcess sidecar = SidecarProcess.start(
                    directory,
                    Map.of(
                            "ETCD_PROXY",
                            "on",
                            "ETCD_LISTEN_CLIENT_URLS",
                            "http://127.0.0.1:" + port,
                            "ETCD_DISCOVERY",
                            member.clientUrl() + "/v2/keys/_etcd/registry/t",
                            "ETCD_DATA_DIR",
                            directory.resolve("data").toString()))) {
                sidecar.awaitOutput("Listening at");
                await().until(() -> get(port, "/-/ready").body().contains("waiting"));
                assertThat(get(port, "/-/ready").status()).isEqualTo(503);
                assertThat(get(port, "/-/healthy").status()).isEqualTo(200);
                put(service, "/v2/keys/_etcd/registry/t/1", "value=infra0=" + member.peerUrl());
                sidecar.awaitOutput("Ready: ");
                assertThat(get(port, "/version").body()).contains("etcdserver");
            }
        }
    }

    @Test
    void findsItsClusterByDns() throws Exception {
        int port = RunningSidecar.freePort();
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                Dnsmasq dnsmasq = Dnsmasq.start("srv-host=_etcd-server._tcp.cluster.test,localhost,"
                        + URI.create(cluster.members().get(0).peerUrl()).getPort());
                SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        Map.of(
                                "JAVA_TOOL_OPTIONS",
                                "-Ddns.server=127.0.0.1:" + dnsmasq.address().getPort()),
                        "--proxy",
                        "on",
                        "--discovery-srv",
                        "cluster.test",
                        "--listen-client-urls",
                        "http://127.0.0.1:" + port)) {
            sidecar.awaitOutput("Ready: forwarding to the members at [");
            assertThat(put(port, "/v2/keys/a", "value=1").status()).isEqualTo(201);
        }
    }

    @Test
    void saysWhomItTriesUntilAPeerAnswers() throws Exception {
        int port = RunningSidecar.freePort();
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1)) {
            EtcdProcess member = cluster.members().get(0);
            member.kill();
            try (SidecarProcess sidecar = SidecarProcess.start(
                    directory,
                    Map.of(),
                    "--proxy",
                    "on",
                    "--listen-client-urls",
                    "http://127.0.0.1:" + port,
                    "--initial-cluster",
                    "infra0=" + member.peerUrl())) {
                sidecar.awaitOutput(member.peerUrl() + ": ").awaitOutput("Listening at");
                assertThat(sidecar.output())
                        .containsPattern(
                                "WARN .*none are known yet; trying again every PT1S: http://.*Connection refused");
                assertThat(get(port, "/v2/keys/a").body())
                        .contains("zero endpoints currently available", member.peerUrl(), "Connection refused");
                member.restart();
                sidecar.awaitOutput("Ready: ");
            }
        }
    }

    @Test
    void saysWhichPortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        Map.of(),
                        "--proxy",
                        "on",
                        "--listen-client-urls",
                        "http://127.0.0.1:" + taken.getLocalPort())) {
            assertThat(sidecar.status()).isEqualTo(1);
            assertThat(sidecar.output())
                    .contains("etcd-proxy-sidecar: can't listen at http://127.0.0.1:" + taken.getLocalPort()
                            + ": the port is in use");
        }
    }

    /** Each served connection sends more than is kept. */
    @ParameterizedTest
    @ValueSource(
            strings = {"GET /a HTTP/1.1\r\nX-Long: ", "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n"})
    void aFloodOfLongRequestsDoesNotExhaustTheMemory(String begin) throws Exception {
        int port = RunningSidecar.freePort();
        byte[] much = (begin + "x".repeat(31 * 1024)).getBytes(StandardCharsets.US_ASCII);
        List<RawClient> flood = new ArrayList<>();
        try (RawMember member = new RawMember();
                SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        Map.of("JAVA_TOOL_OPTIONS", "-Xmx64m"),
                        "--proxy",
                        "on",
                        "--initial-cluster",
                        "m=" + member.url(),
                        "--listen-client-urls",
                        "http://127.0.0.1:" + port)) {
            CountDownLatch over = new CountDownLatch(1);
            member.replies((head, in, out) -> over.await());
            sidecar.awaitOutput("Ready: forwarding to the members at [");
            for (int i = 0; i < 1500; i++) {
                flood.add(new RawClient(port));
                flood.get(i).sendWhatIsTaken(much);
            }
            for (int times = 0; times < 4; times++) {
                flood.forEach(client -> client.sendWhatIsTaken(begin.startsWith("PUT") ? much : new byte[0]));
            }
            for (RawClient client : flood) {
                client.close();
            }
            over.countDown();
            await().ignoreExceptions().until(() -> get(port, "/-/healthy").status() == 200);
            assertThat(sidecar.output()).doesNotContain("OutOfMemoryError");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--proxy onn|proxy: \"onn\": write on, readonly or off",
                "--proxi on|unknown flag \"--proxi\": did you mean --proxy?",
                "--proxy off|proxy: off, which is etcd's default: give --proxy on or --proxy readonly",
                "--proxy on --listen-client-urls 127.0.0.1:2379|listen-client-urls: \"127.0.0.1:2379\": write",
                "--proxy on --listen-client-urls https://127.0.0.1:1|https needs a certificate: give --cert-file and --key-file",
                "--proxy on --cert-file pom.xml|--cert-file and --key-file: give both, or neither",
                "--proxy on --trusted-ca-file /none|trusted-ca-file: \"/none\": is not a readable file",
                "--proxy on --client-cert-auth=maybe|client-cert-auth: \"maybe\": write true or false",
                "--proxy on --cors nobody|cors: \"nobody\": write",
                "promote --name infra1|peer-url: none given",
                "promote --peer-url http://10.0.0.1:2380|name: none given"
            })
    void saysWhatIsWrongWithAFlag(String arguments, String message) throws Exception {
        Files.createFile(directory.resolve("pom.xml"));
        try (SidecarProcess sidecar = SidecarProcess.start(directory, Map.of(), arguments.split(" ", -1))) {
            assertThat(sidecar.status()).isEqualTo(2);
            assertThat(sidecar.output())
                    .contains("etcd-proxy-sidecar: ", message, "Try --help.")
                    .doesNotContain("\tat ", "Exception");
        }
    }

    @Test
    void helpNamesWhatItTakes() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.start(directory, Map.of(), "--help")) {
            assertThat(sidecar.status()).isZero();
            assertThat(sidecar.output()).contains("--initial-cluster", "--proxy on|readonly", "promote");
        }
        try (SidecarProcess sidecar = SidecarProcess.start(directory, Map.of(), "--version")) {
            assertThat(sidecar.status()).isZero();
            assertThat(sidecar.output()).matches("etcd-proxy-sidecar \\d+\\.\\d+\\.\\S+ on Java \\S+\\s+");
        }
    }

    @Test
    void promotesAProxyToAMember() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 3)) {
            cluster.awaitHealthy();
            Path data = directory.resolve("data");
            String peerUrl = "http://127.0.0.1:" + RunningSidecar.freePort();
            try (SidecarProcess sidecar = SidecarProcess.start(
                    directory,
                    Map.of(),
                    "promote",
                    "--name",
                    "infra9",
                    "--peer-url",
                    peerUrl,
                    "--data-dir",
                    data.toString(),
                    "--initial-cluster",
                    cluster.initialCluster())) {
                assertThat(sidecar.status()).isZero();
                assertThat(sidecar.output())
                        .contains(
                                "ETCD_NAME=\"infra9\"",
                                "ETCD_INITIAL_CLUSTER_STATE=\"existing\"",
                                "infra9=" + peerUrl,
                                "etcd --name infra9 ");
            }
            int port = URI.create(cluster.members().get(0).clientUrl()).getPort();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> get(port, "/v2/members").body().contains(peerUrl));
            assertThat(data.resolve("proxy")).doesNotExist();
        }
    }
}
