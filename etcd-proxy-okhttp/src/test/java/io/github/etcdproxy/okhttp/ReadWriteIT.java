package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.LISTEN;
import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.EtcdMember;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.okhttp.RealEtcd.Running;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Ordinary calls on a healthy cluster of three real members. */
class ReadWriteIT {
    private static Running running;
    private static ProcessCluster cluster;
    private static EtcdProxy proxy;
    private static OkHttpClient client;

    @BeforeAll
    static void start() throws Exception {
        running = Running.start();
        cluster = running.cluster();
        proxy = running.proxy();
        client = running.client();
    }

    @AfterAll
    static void stop() {
        if (running != null) {
            running.close();
        }
    }

    @Test
    void knowsTheClientUrlsOfAllMembers() {
        Set<String> advertised =
                cluster.members().stream().map(EtcdMember::clientUrl).collect(Collectors.toSet());

        assertThat(proxy.status().endpoints())
                .extracting(endpoint -> endpoint.url().toString())
                .containsExactlyInAnyOrderElementsOf(advertised);
        assertThat(proxy.status().clusterId()).matches("[0-9a-f]{1,16}");
        assertThat(proxy.status().isReady()).isTrue();
    }

    @Test
    void writesAndReadsV2Keys() throws Exception {
        assertThat(body(client, put("/v2/keys/v2/a", "1 + 1 = 2 / ünï"), 201)).contains("\"action\":\"set\"");
        assertThat(body(client, get("/v2/keys/v2/a?quorum=true"), 200)).contains("1 + 1 = 2 / ünï");
        assertThat(body(client, put("/v2/keys/v2/a?prevValue=other", "2"), 412)).contains("\"errorCode\":101");
        assertThat(body(client, post("/v2/keys/v2/queue", "x"), 201)).contains("\"action\":\"create\"");
        Request delete =
                new Request.Builder().url(LISTEN + "/v2/keys/v2/a").delete().build();
        assertThat(body(client, delete, 200)).contains("\"action\":\"delete\"");
        assertThat(body(client, get("/v2/keys/v2/a"), 404)).contains("\"errorCode\":100");
    }

    @Test
    void speaksToTheV3JsonGateway() throws Exception {
        String key = Base64.getEncoder().encodeToString("v3/a".getBytes(StandardCharsets.UTF_8));
        body(client, v3("/kv/put", "{\"key\":\"" + key + "\",\"value\":\"" + key + "\"}"), 200);

        assertThat(body(client, v3("/kv/range", "{\"key\":\"" + key + "\"}"), 200))
                .contains("\"count\":\"1\"", "\"value\":\"" + key + "\"");
        assertThat(body(client, v3("/cluster/member/list", "{}"), 200)).contains("infra0", "infra1", "infra2");
        assertThat(body(client, v3("/kv/deleterange", "{\"key\":\"" + key + "\"}"), 200))
                .contains("\"deleted\":\"1\"");
    }

    @Test
    void response_hasCallersUrlAndMembersNetworkUrl() throws Exception {
        try (Response response = client.newCall(get("/version")).execute()) {
            assertThat(response.request().url()).hasToString(LISTEN + "/version");
            assertThat(cluster.members())
                    .extracting(member -> member.clientUrl() + "/version")
                    .contains(response.networkResponse().request().url().toString());
        }
    }

    @Test
    void tellsItsEndpointsAsEtcdsProxyDoes() throws Exception {
        String config = body(client, get("/v2/config/local/proxy"), 200);

        assertThat(config).startsWith("{\"endpoints\":[\"http://127.0.0.1:").endsWith("\"]}\n");
        assertThat(cluster.members()).allSatisfy(member -> assertThat(config).contains(member.clientUrl()));
    }

    @Test
    void leavesCallsToOtherHostsAlone() throws Exception {
        try (MockWebServer other = new MockWebServer()) {
            other.enqueue(new MockResponse.Builder().body("other").build());
            other.start();
            Request request = new Request.Builder().url(other.url("/v2/keys/a")).build();

            assertThat(body(client, request, 200)).isEqualTo("other");
        }
        // A member that the application calls directly is not used either.
        String member = cluster.members().get(1).clientUrl();
        try (Response response = client.newCall(
                        new Request.Builder().url(member + "/version").build())
                .execute()) {
            assertThat(response.networkResponse().request().url()).hasToString(member + "/version");
        }
    }

    @Test
    void readOnly_writesAreRefused() throws Exception {
        body(client, put("/v2/keys/readonly", "before"), 201);
        try (EtcdProxy readonly =
                RealEtcd.proxy(cluster).mode(ProxyMode.READONLY).start()) {
            OkHttpClient reader = readonly.wrap(RealEtcd.client().build());

            assertThat(body(reader, put("/v2/keys/readonly", "after"), 501)).isEmpty();
            assertThat(body(reader, post("/v2/keys/readonly", "after"), 501)).isEmpty();
            assertThat(body(reader, v3("/kv/put", "{\"key\":\"YQ==\"}"), 501)).isEmpty();
            assertThat(body(reader, get("/v2/keys/readonly"), 200)).contains("before");
            reader.connectionPool().evictAll();
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "sockets are counted in /proc")
    void leavesNoThreadAndNoSocketBehind() throws Exception {
        Set<String> proxiesBefore = proxies();
        client.connectionPool().evictAll();
        long socketsBefore = sockets();
        EtcdProxy another =
                RealEtcd.proxy(cluster).refreshInterval(Duration.ofMillis(20)).start();
        OkHttpClient user = another.wrap(RealEtcd.client().build());
        for (int i = 0; i < 50; i++) {
            body(user, get("/version"), 200);
        }
        assertThat(proxies()).hasSizeGreaterThan(proxiesBefore.size());

        another.close();
        user.connectionPool().evictAll();

        assertThat(proxies()).isEqualTo(proxiesBefore);
        await().untilAsserted(() -> assertThat(sockets()).isLessThanOrEqualTo(socketsBefore));
        assertThat(body(user, get("/version"), 503)).contains("the proxy has been closed");
    }

    /** The proxies that have threads, by the number in the thread names. */
    private static Set<String> proxies() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("etcd-proxy-"))
                .map(name -> name.replaceAll("-[a-z]+$", ""))
                .collect(Collectors.toSet());
    }

    /** How many sockets this process has open. */
    private static long sockets() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.toList().stream().filter(ReadWriteIT::isSocket).count();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed since it was listed
        }
    }
}
