package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.LISTEN;
import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import mockwebserver3.MockResponse;
import mockwebserver3.MockResponseBody;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import okio.BufferedSource;
import okio.Okio;
import okio.Source;
import org.junit.jupiter.api.Test;

/** What the application and its interceptors see of a call. */
class CallerViewTest extends OnScriptedCluster {
    @Test
    void request_arrivesUnchangedButForHost() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member first = cluster.inOrder(proxy, 0);
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/v2/keys/a%2Fb%20c?quorum=true&x=%C3%A4+b"), 200);
            Request ownHost = get("/a").newBuilder().header("Host", "mine:1").build();
            body(client, ownHost, 200);

            body(client, get("/v2//keys/%2E%2e/a;b=1/?"), 200);
            body(client, get("/"), 200);

            RecordedRequest request = first.takeRequest();
            assertThat(request.getTarget()).isEqualTo("/v2/keys/a%2Fb%20c?quorum=true&x=%C3%A4+b");
            assertThat(request.getHeaders().get("Host")).isEqualTo(first.url().replace("http://", ""));
            assertThat(first.takeRequest().getHeaders().get("Host")).isEqualTo("mine:1");
            assertThat(first.takeRequest().getTarget())
                    .isEqualTo(get("/v2//keys/%2E%2e/a;b=1/?").url().encodedPath() + "?");
            assertThat(first.takeRequest().getTarget()).isEqualTo("/");
        }
    }

    @Test
    void applicationInterceptor_seesOwnUrlOnce() throws Exception {
        StringBuilder seen = new StringBuilder();
        Interceptor ofApplication = chain -> {
            seen.append(chain.request().url()).append(' ');
            Response response = chain.proceed(chain.request());
            seen.append(response.request().url());
            return response;
        };
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).stop();
            body(proxy.wrap(plain.newBuilder().addInterceptor(ofApplication).build()), get("/a"), 200);
        }
        assertThat(seen).hasToString(LISTEN + "/a " + LISTEN + "/a");
    }

    @Test
    void interceptorBodies_passWhole() throws Exception {
        Interceptor metering = chain -> {
            Response response = chain.proceed(chain.request());
            ResponseBody body = response.body();
            return response.newBuilder()
                    .body(new ResponseBody() {
                        @Override
                        public MediaType contentType() {
                            return body.contentType();
                        }

                        @Override
                        public long contentLength() {
                            return body.contentLength();
                        }

                        @Override
                        public BufferedSource source() {
                            return Okio.buffer((Source) body.source());
                        }
                    })
                    .build();
        };
        Interceptor consuming = chain -> {
            Response response = chain.proceed(chain.request());
            response.close();
            return response;
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient wrapped = proxy.wrap(plain);

            assertThat(body(wrapped.newBuilder().addInterceptor(metering).build(), get("/a"), 200))
                    .startsWith("member");
            OkHttpClient statusOnly =
                    wrapped.newBuilder().addInterceptor(consuming).build();
            try (Response response = statusOnly.newCall(get("/a")).execute()) {
                assertThat(response.code()).isEqualTo(200);
            }
        }
    }

    @Test
    void interceptorException_isNotTakenForInterrupt() throws Exception {
        Interceptor throwing = chain -> {
            throw CallerViewTest.<RuntimeException>unchecked(new TimeoutException("quota"));
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client =
                    proxy.wrap(plain).newBuilder().addInterceptor(throwing).build();

            assertThatThrownBy(() -> client.newCall(post("/a", "1")).execute())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("quota");
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    /** Throws a checked exception where none is declared, as Kotlin does. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E unchecked(Throwable checked) throws E {
        throw (E) checked;
    }

    @Test
    void laterInterceptorException_isTheCallers() throws Exception {
        Interceptor fails = chain -> {
            throw new IOException("signing failed");
        };
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client =
                    proxy.wrap(plain).newBuilder().addInterceptor(fails).build();

            assertThatThrownBy(() -> client.newCall(post("/a", "1")).execute()).hasMessage("signing failed");
            assertThatThrownBy(() -> client.newCall(get("/a")).execute()).hasMessage("signing failed");
            assertThat(proxy.status().endpoints()).hasSize(3).allMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void notModified_withContentLength_isNotAwaited() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(304)
                            .addHeader("Content-Length", "500")
                            .build());
            try (Response response = proxy.wrap(plain).newCall(get("/a")).execute()) {
                assertThat(response.code()).isEqualTo(304);
            }
            assertThat(proxy.status().endpoints()).allMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void longBody_passesWhole_watchAsItComes() throws Exception {
        String big = "0123456789".repeat(500_000);
        CountDownLatch watching = new CountDownLatch(1);
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member first = cluster.inOrder(proxy, 0);
            OkHttpClient client = proxy.wrap(plain);

            first.answer(request ->
                    new MockResponse.Builder().chunkedBody(big, 10_000).build());
            assertThat(body(client, get("/v2/keys/a?recursive=true"), 200)).isEqualTo(big);

            // The head of a watch comes at once; its body when the key changes, which is after the head was seen.
            first.answer(request -> new MockResponse.Builder()
                    .body(new MockResponseBody() {
                        @Override
                        public long getContentLength() {
                            return -1;
                        }

                        @Override
                        public void writeTo(BufferedSink sink) throws IOException {
                            awaitLatch(watching);
                            sink.writeUtf8("event");
                        }
                    })
                    .onResponseEnd(new SocketEffect.CloseSocket()) // which ends a body without a length
                    .build());
            try (Response response = client.newCall(get("/v2/keys/a?wait=true")).execute()) {
                watching.countDown();
                assertThat(response.body().string()).isEqualTo("event");
            }
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void redirect_showsWhereItLed() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member first = cluster.inOrder(proxy, 0);
            Member other = cluster.inOrder(proxy, 1);
            first.answer(request -> request.getTarget().equals("/b")
                    ? new MockResponse.Builder().body("b").build()
                    : new MockResponse.Builder()
                            .code(301)
                            .addHeader("Location", request.getTarget().equals("/a") ? "/b" : other.url() + "/c")
                            .build());
            OkHttpClient client = proxy.wrap(plain);

            try (Response response = client.newCall(get("/a")).execute()) {
                assertThat(response.request().url()).hasToString(LISTEN + "/b");
            }
            try (Response response = client.newCall(get("/elsewhere")).execute()) {
                assertThat(response.request().url()).hasToString(other.url() + "/c");
            }
        }
    }

    @Test
    void wrappingTwice_changesNothing() {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient wrapped = proxy.wrap(plain);

            assertThat(proxy.wrap(wrapped)).isSameAs(wrapped);
            assertThat(plain.interceptors()).isEmpty();
            assertThat(plain.networkInterceptors()).isEmpty();
            assertThat(wrapped.connectionPool()).isSameAs(plain.connectionPool());
            assertThat(wrapped.dispatcher()).isSameAs(plain.dispatcher());
        }
    }
}
