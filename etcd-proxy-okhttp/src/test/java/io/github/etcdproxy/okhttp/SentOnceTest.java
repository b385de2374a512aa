package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.failure;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.event.Outcome;
import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Writes that OkHttp, an interceptor or another proxy would send twice. */
class SentOnceTest extends OnScriptedCluster {
    @Test
    void write_rebuiltByInterceptor_isSentOnce() throws Exception {
        Interceptor rebuilds = chain -> {
            Request request = chain.request();
            return chain.proceed(new Request.Builder()
                    .url(request.url())
                    .method(request.method(), request.body())
                    .build());
        };
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).answer(request -> ScriptedCluster.cut());
            Member next = cluster.inOrder(proxy, 1);
            OkHttpClient client =
                    proxy.wrap(plain).newBuilder().addInterceptor(rebuilds).build();

            assertThat(body(client, post("/a", "1"), 502)).contains("\"outcome\":\"unknown\"");
            assertThat(next.requests()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"503, Retry-After, 0", "307, Location, http://127.0.0.1:1/", "308, Location, /elsewhere"})
    void write_answeredWithRetryOrRedirect_isSentOnce(int status, String header, String value) throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(status)
                            .addHeader(header, value)
                            .addHeader("X-Etcd-Index", "7")
                            .body("as it is")
                            .build());
            try (Response response =
                    proxy.wrap(plain).newCall(post("/v2/keys/a", "1")).execute()) {
                assertThat(response.code()).isEqualTo(status);
                assertThat(response.headers(header)).containsExactly(value);
                assertThat(response.header("X-Etcd-Index")).isEqualTo("7");
                assertThat(response.body().string()).isEqualTo("as it is");
            }
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void withheldHeaders_throughTwoProxies_comeBack() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start();
                EtcdProxy other = cluster.proxy()
                        .listenClientUrls("http://other.invalid:2379")
                        .start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(503)
                            .addHeader("Retry-After", "7")
                            .build());
            OkHttpClient both = other.wrap(proxy.wrap(plain));
            try (Response response = both.newCall(post("/a", "1")).execute()) {
                assertThat(response.header("Retry-After")).isEqualTo("7");
            }
        }
    }

    @Test
    void write_throughTwoProxies_isSentOnce() throws Exception {
        try (EtcdProxy outer = cluster.proxy().start();
                EtcdProxy inner = cluster.proxy()
                        .listenClientUrls(cluster.memberUrl(0), cluster.memberUrl(1), cluster.memberUrl(2))
                        .errorsAsExceptions(true)
                        .start()) {
            outer.awaitReady(Duration.ofSeconds(10));
            inner.awaitReady(Duration.ofSeconds(10));
            for (int i = 0; i < 3; i++) {
                cluster.inOrder(outer, i).answer(request -> ScriptedCluster.cut());
            }
            EtcdProxyException e = failure(inner.wrap(outer.wrap(plain)), post("/a", "1"));
            assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void webSocketUpgrade_goesOnOnlyIfRefused() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).stop();
            cluster.inOrder(proxy, 1).answer(request -> ScriptedCluster.cut());
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            proxy.wrap(plain).newWebSocket(get("/v3/watch"), new WebSocketListener() {
                @Override
                public void onFailure(WebSocket webSocket, Throwable t, Response response) {
                    failure.complete(t);
                }
            });
            assertThat(failure.get(10, TimeUnit.SECONDS)).hasMessageContaining("502");
            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void otherCalls_redirectsAreFollowed() throws Exception {
        try (MockWebServer other = new MockWebServer();
                EtcdProxy proxy = cluster.proxy().start()) {
            other.enqueue(new MockResponse.Builder()
                    .code(307)
                    .addHeader("Location", "/elsewhere")
                    .build());
            other.enqueue(new MockResponse.Builder().body("there").build());
            other.start();
            Request request = post("/", "1").newBuilder().url(other.url("/")).build();

            assertThat(body(proxy.wrap(plain), request, 200)).isEqualTo("there");
        }
    }
}
