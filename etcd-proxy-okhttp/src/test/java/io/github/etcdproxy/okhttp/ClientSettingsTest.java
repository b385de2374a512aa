package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Cache;
import okhttp3.Cookie;
import okhttp3.CookieJar;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the application has set on its client, and the wrapped one does with it. */
@Timeout(60)
class ClientSettingsTest {

    @Test
    void cache_otherHosts_isUsed(@TempDir Path directory) throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                MockWebServer other = new MockWebServer();
                Cache cache = new Cache(directory.toFile(), 1 << 20);
                EtcdProxy proxy = cluster.proxy().start()) {
            other.start();
            MockResponse.Builder cacheable = new MockResponse.Builder().addHeader("Cache-Control", "max-age=60");
            other.enqueue(cacheable.body("other").build());
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .addHeader("Cache-Control", "max-age=60")
                            .body("member")
                            .build());
            OkHttpClient client = proxy.wrap(RealEtcd.client().cache(cache).build());
            Request request = new Request.Builder()
                    .url("http://127.0.0.1:" + other.getPort() + "/x")
                    .build();
            for (int i = 0; i < 3; i++) {
                assertThat(body(client, request, 200)).isEqualTo("other");
                assertThat(body(client, get("/x"), 200)).isEqualTo("member");
            }
            assertThat(other.getRequestCount()).isEqualTo(1);
            assertThat(cluster.memberRequests()).isEqualTo(3);
            assertThat(cache.hitCount()).isEqualTo(2);
        }
    }

    /** Keeps what it is given for whichever URL. */
    private static final class RecordingJar implements CookieJar {
        private final List<Cookie> cookies = new CopyOnWriteArrayList<>();
        private final List<String> asked = new CopyOnWriteArrayList<>();

        @Override
        public void saveFromResponse(HttpUrl url, List<Cookie> given) {
            cookies.addAll(given);
        }

        @Override
        public List<Cookie> loadForRequest(HttpUrl url) {
            asked.add(url.host() + ":" + url.port());
            return cookies.stream().filter(cookie -> cookie.matches(url)).toList();
        }
    }

    @Test
    void cookieJar_forwardedCalls_isConsultedForTheMember() throws Exception {
        RecordingJar jar = new RecordingJar();
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                EtcdProxy proxy = cluster.proxy().start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            ScriptedCluster.Member member = cluster.inOrder(proxy, 0);
            member.answer(request -> new MockResponse.Builder()
                    .addHeader("Set-Cookie", "session=1")
                    .build());
            OkHttpClient client = proxy.wrap(RealEtcd.client().cookieJar(jar).build());
            body(client, get("/a"), 200);
            body(client, get("/a"), 200);

            assertThat(member.takeRequest().getHeaders().get("Cookie")).isNull();
            assertThat(member.takeRequest().getHeaders().get("Cookie")).isEqualTo("session=1");
            assertThat(jar.asked)
                    .containsOnly(HttpUrl.get(member.url()).host() + ":"
                            + HttpUrl.get(member.url()).port());
        }
    }
}
