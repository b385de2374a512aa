package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.ClusterTls;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the flags of a member that has certificates for clients and others for peers. */
@Tag("once")
class TlsIT {
    @TempDir
    private Path directory;

    private final ClusterTls tls = ClusterTls.create();
    private ProcessCluster cluster;
    private List<String> flags;

    @BeforeEach
    void start() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 3, tls);
        flags = tls.memberFlags(directory);
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private RunningSidecar sidecar(String scheme, List<String> more) throws IOException {
        for (int tries = 0; ; tries++) {
            List<String> all = new ArrayList<>(more);
            int port = RunningSidecar.freePort();
            all.addAll(List.of("--listen-client-urls", scheme + "://127.0.0.1:" + port));
            try {
                return RunningSidecar.at(
                        port, RunningSidecar.LIMITS, cluster.initialCluster(), directory.resolve("data"), all);
            } catch (IOException e) {
                if (tries == 5) {
                    throw e;
                }
            }
        }
    }

    private static Request put(String url, String value) {
        return new Request.Builder()
                .url(url + "/v2/keys/a")
                .put(new FormBody.Builder().add("value", value).build())
                .build();
    }

    private static String body(OkHttpClient client, Request request) throws IOException {
        try (Response response = client.newCall(request).execute()) {
            return response.code() + " " + response.body().string();
        }
    }

    @Test
    void servesHttpsToClientsWithACertificateAndShowsItsOwnToMembersAndPeers() throws IOException {
        try (RunningSidecar sidecar = sidecar("https", flags)) {
            OkHttpClient client =
                    tls.clients().configure(new OkHttpClient.Builder()).build();
            String url = sidecar.url().replace("http://", "https://");
            assertThat(body(client, put(url, "1"))).startsWith("201 ");
            assertThat(body(
                            client,
                            new Request.Builder().url(url + "/v2/keys/a").build()))
                    .startsWith("200 ")
                    .contains("\"value\":\"1\"");
            Request byAnotherName = new Request.Builder()
                    .url(url + "/version")
                    .header("Host", "etcd.svc:2379")
                    .build();
            assertThat(body(client, byAnotherName)).startsWith("200 ");

            HandshakeCertificates none = tls.clients().handshakeWithoutCertificate();
            OkHttpClient stranger = new OkHttpClient.Builder()
                    .sslSocketFactory(none.sslSocketFactory(), none.trustManager())
                    .build();
            assertThatThrownBy(() -> body(stranger, put(url, "2"))).isInstanceOf(IOException.class);
            client.connectionPool().evictAll();
        }
    }

    @Test
    void aWatchThatGoesOverTlsIsReleasedToo() throws IOException {
        try (RunningSidecar sidecar = sidecar("https", flags)) {
            OkHttpClient client = tls.clients()
                    .configure(new OkHttpClient.Builder())
                    .readTimeout(Duration.ZERO)
                    .build();
            String url = sidecar.url().replace("http://", "https://");
            var call = client.newCall(new Request.Builder()
                    .url(url + "/v2/keys/a?wait=true&stream=true")
                    .build());
            try (Response response = call.execute()) {
                assertThat(response.code()).isEqualTo(200);
                await().until(() -> sidecar.exchanges() == 1);
                call.cancel();
                await().atMost(Duration.ofSeconds(1)).until(() -> sidecar.exchanges() == 0);
            }
        }
    }

    @Test
    void servesPlainHttpInFrontOfHttpsMembers() throws IOException {
        try (RunningSidecar sidecar = sidecar("http", flags)) {
            assertThat(body(new OkHttpClient(), put(sidecar.url(), "1"))).startsWith("201 ");
        }
    }

    @Test
    void aCertificateThatDoesNotFitIsExplained() throws Exception {
        HeldCertificate other = new HeldCertificate.Builder().rsa2048().build();
        Files.writeString(directory.resolve("other.crt"), other.certificatePem());
        Files.writeString(directory.resolve("other.key"), other.privateKeyPkcs1Pem());
        List<String> wrong = List.of(
                "--cert-file", directory.resolve("other.crt").toString(),
                "--key-file", directory.resolve("other.key").toString(),
                "--trusted-ca-file", directory.resolve("other.crt").toString());
        try (RunningSidecar sidecar = sidecar("http", wrong)) {
            assertThat(body(new OkHttpClient(), put(sidecar.url(), "1")))
                    .startsWith("503 ")
                    .contains("signed by no authority that the client trusts");
        }
        // The key has the form that openssl gives an RSA key, and fits; the certificate of another does not.
        List<String> mixed = List.of(
                "--cert-file",
                flags.get(1),
                "--key-file",
                directory.resolve("other.key").toString());
        assertThatThrownBy(() -> sidecar("https", mixed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give PEM files that belong together");
    }

    @Test
    void theEnvironmentNamesThemAsWell() {
        SidecarOptions options =
                SidecarOptions.read(Map.of("ETCD_CERT_FILE", flags.get(1), "ETCD_KEY_FILE", flags.get(3)));
        assertThat(options.clients().identity())
                .isEqualTo(new Tls.Identity(Path.of(flags.get(1)), Path.of(flags.get(3))));
    }
}
