package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that seem to be meant for a listen client URL, but are not for it. */
class NearMissTest {
    private static final String LISTEN = "http://near.invalid:2379";

    private final ScriptedCluster cluster = new ScriptedCluster(1);
    private final EtcdProxy proxy = cluster.proxy().listenClientUrls(LISTEN).start();
    private final OkHttpClient client = proxy.wrap(RealEtcd.client().build());

    @BeforeEach
    void clearLogs() {
        RecordingLogs.clear("near.invalid");
    }

    @AfterEach
    void close() {
        proxy.close();
        client.connectionPool().evictAll();
        cluster.close();
    }

    private static Request get(String url) {
        return new Request.Builder().url(url).build();
    }

    private static List<String> warnings(String text) {
        return RecordingLogs.about(text).stream()
                .filter(line -> line.startsWith("WARN") && line.contains("is not forwarded"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://near.invalid:2380",
                "http://near.invalid:80",
                "https://near.invalid:2379",
                "http://near.invalid.:2379",
                "https://NEAR.invalid.:443"
            })
    void nearMiss_isReportedOnce(String url) {
        String called = url.toLowerCase(Locale.ROOT);
        for (String path : List.of("/v2/keys/a", "/v2/keys/secret", "/v2/keys/a")) {
            assertThatThrownBy(() -> client.newCall(get(url + path)).execute())
                    .isExactlyInstanceOf(UnknownHostException.class)
                    .hasMessageStartingWith("near.invalid")
                    .hasMessageContaining("the listen client URL is " + LISTEN + ": call that, or add " + called
                            + " to listenClientUrls")
                    .hasCauseInstanceOf(UnknownHostException.class);
        }
        assertThat(warnings("near.invalid"))
                .singleElement()
                .asString()
                .isEqualTo("WARN A call to " + called + " is not forwarded: the listen client URL is " + LISTEN
                        + ": call that, or add " + called + " to listenClientUrls");
    }

    @Test
    void nearMissThatIsServed_isReportedAndUnchanged() throws Exception {
        Dns here = host -> List.of(InetAddress.getLoopbackAddress());
        int port = HttpUrl.get(cluster.memberUrl(0)).port();
        OkHttpClient resolving = proxy.wrap(RealEtcd.client().dns(here).build());

        assertThat(body(resolving, get("http://near.invalid:" + port + "/a"), 200))
                .isEqualTo("member 0");
        assertThat(warnings("near.invalid:" + port)).hasSize(1);
        resolving.connectionPool().evictAll();
    }

    @Test
    void nearMisses_areBounded() {
        for (int port = 3000; port < 3100; port++) {
            String url = "http://near.invalid:" + port;
            assertThatThrownBy(() -> client.newCall(get(url)).execute()).isInstanceOf(UnknownHostException.class);
        }
        assertThat(warnings("near.invalid")).hasSize(64);
    }

    @Test
    void upperCaseHost_isForwarded() throws Exception {
        assertThat(body(client, get("http://NEAR.Invalid:2379/a"), 200)).isEqualTo("member 0");
        assertThat(warnings("near.invalid")).isEmpty();
    }

    @Test
    void otherHosts_areNotReported() {
        for (String url : List.of("http://nearby.invalid:2379", "http://invalid:2379", "http://a.near.invalid:2379")) {
            assertThatThrownBy(() -> client.newCall(get(url)).execute())
                    .isExactlyInstanceOf(UnknownHostException.class)
                    .hasMessageNotContaining("listen client URL");
        }
        assertThat(warnings("near.invalid")).isEmpty();
    }

    @Test
    void otherPortOfThisMachine_isReportedOnlyIfItFails() throws Exception {
        try (EtcdProxy local =
                cluster.proxy().listenClientUrls("http://127.0.0.1:1").start()) {
            OkHttpClient wrapped = local.wrap(RealEtcd.client().build());
            String url = cluster.memberUrl(0);
            body(wrapped, get(url), 200);
            assertThat(warnings("A call to " + url)).isEmpty();

            cluster.stopMembers();
            wrapped.connectionPool().evictAll();
            assertThatThrownBy(() -> wrapped.newCall(get(url)).execute()).isInstanceOf(IOException.class);
            assertThat(warnings("A call to " + url)).hasSize(1);
            assertThatThrownBy(() -> wrapped.newCall(get("https://127.0.0.1:1")).execute())
                    .isInstanceOf(IOException.class);
            assertThat(warnings("A call to https://127.0.0.1:1")).hasSize(1);
        }
    }

    @Test
    void hostSetBehindTheProxy_isExplained() {
        OkHttpClient selecting = client.newBuilder()
                .addInterceptor(chain ->
                        chain.proceed(chain.request().newBuilder().url(LISTEN).build()))
                .build();

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> selecting
                            .newCall(get("http://placeholder.invalid/"))
                            .execute())
                    .isExactlyInstanceOf(UnknownHostException.class)
                    .hasMessageContaining("add that interceptor before the client is wrapped");
        }
        assertThat(warnings("near.invalid"))
                .singleElement()
                .asString()
                .contains("this is the host of the listen client URL " + LISTEN)
                .contains("add that interceptor before the client is wrapped");
    }

    @Test
    void urlOfAnotherProxyInTheClient_isNoNearMiss() throws Exception {
        try (EtcdProxy other =
                cluster.proxy().listenClientUrls("http://near.invalid:2380").start()) {
            OkHttpClient both = other.wrap(client);
            body(both, get(LISTEN), 200);
            body(both, get("http://near.invalid:2380"), 200);
            assertThat(warnings("near.invalid")).isEmpty();

            assertThatThrownBy(
                            () -> both.newCall(get("https://near.invalid:2379")).execute())
                    .hasMessageContaining("the listen client URL is " + LISTEN);
            assertThat(warnings("near.invalid")).hasSize(1);
        }
    }

    @Test
    void closedProxy_reportsNothing() {
        proxy.close();
        assertThatThrownBy(() -> client.newCall(get("http://near.invalid:2380")).execute())
                .hasMessageNotContaining("listen client URL");
        assertThat(warnings("near.invalid")).isEmpty();
    }
}
