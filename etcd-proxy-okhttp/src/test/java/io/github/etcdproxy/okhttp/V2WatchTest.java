package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.WatchScript.cut;
import static io.github.etcdproxy.okhttp.WatchScript.event;
import static io.github.etcdproxy.okhttp.WatchScript.v2;
import static io.github.etcdproxy.okhttp.WatchScript.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A watch of the v2 API that goes on at another member, over real sockets. */
@Timeout(60)
class V2WatchTest {
    private final WatchScript script = new WatchScript();

    @AfterEach
    void stop() {
        script.close();
    }

    @Test
    void watch_withoutIndex_goesOnWhereItBegan() throws Exception {
        script.answers.addAll(List.of(cut(v2(10), ""), whole(v2(12), event("/a", 11))));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo(event("/a", 11));
        }
        assertThat(script.asked).containsExactly("/v2/keys/a?wait=true", "/v2/keys/a?waitIndex=11&wait=true");
        assertThat(script.resumed).singleElement().satisfies(watch -> {
            assertThat(watch.path()).isEqualTo("/v2/keys/a");
            assertThat(watch.from()).isEqualTo(11);
        });
    }

    @Test
    void halfEvent_isNotPassedOn() throws Exception {
        String half = event("/a", 12).substring(0, 30);
        script.answers.addAll(List.of(
                cut(v2(10), event("/a", 11) + half),
                cut(v2(12), event("/a", 12)), // of its history
                cut(v2(12), event("/a", 13).strip()),
                whole(v2(13), event("/a", 14)),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?stream=true&wait=true&waitIndex=1")))
                    .isEqualTo(event("/a", 11) + event("/a", 12) + event("/a", 13) + event("/a", 14));
        }
        assertThat(script.asked)
                .startsWith(
                        "/v2/keys/a?stream=true&wait=true&waitIndex=1",
                        "/v2/keys/a?waitIndex=12&stream=true&wait=true&waitIndex=1",
                        "/v2/keys/a?waitIndex=13&stream=true&wait=true&waitIndex=1",
                        "/v2/keys/a?waitIndex=14&stream=true&wait=true&waitIndex=1");
    }

    @Test
    void stream_inHistory_isAskedAgainAfterEachEvent() throws Exception {
        // etcd sends one event of its history, and then never another.
        script.answers.addAll(List.of(
                v2(12).chunkedBody(event("/a", 11), 5).build(),
                v2(12).chunkedBody(event("/a", 12), 5).build(),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true&stream=true&waitIndex=11")))
                    .isEqualTo(event("/a", 11) + event("/a", 12));
        }
        assertThat(script.resumed).as("nothing had broken off").isEmpty();
    }

    @Test
    void historyOfOtherKeys_isLeftOut() throws Exception {
        String deleted =
                "{\"action\":\"delete\",\"node\":{\"key\":\"/d\",\"dir\":true,\"modifiedIndex\":14,\"createdIndex\":1}}\n";
        script.answers.addAll(List.of(
                cut(v2(10), ""),
                whole(v2(14), event("/dir/_hidden/x", 11)),
                whole(v2(14), event("/dir/sub/_hidden", 12)),
                whole(v2(14), event("/dir/a", 13)),
                whole(v2(14), deleted),
                whole(v2(14), deleted.replace("\"/d\"", "\"/dir\"").replace("14", "15")),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/dir/?wait=true&recursive=true&stream=true")))
                    .isEqualTo(event("/dir/a", 13)
                            + deleted.replace("\"/d\"", "\"/dir\"").replace("14", "15"));
        }
    }

    @Test
    void clearedHistory_endsBody() throws Exception {
        script.answers.addAll(List.of(
                cut(v2(10), ""),
                new MockResponse.Builder()
                        .code(400)
                        .body("{\"errorCode\":401,\"message\":\"The event in requested index is cleared\"}")
                        .build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true"))).isEmpty();
        }
    }

    @Test
    void otherCluster_endsBody() throws Exception {
        script.answers.addAll(
                List.of(cut(v2(10), ""), whole(v2(12).setHeader("X-Etcd-Cluster-Id", "2f"), event("/a", 11))));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true"))).isEmpty();
        }
    }

    @Test
    void unavailableMembers_areAskedAgain() throws Exception {
        script.answers.add(cut(v2(10), ""));
        for (int i = 0; i < 6; i++) {
            script.answers.add(new MockResponse.Builder()
                    .code(500)
                    .body("{\"errorCode\":300,\"message\":\"Raft Internal Error\"}")
                    .build());
        }
        script.answers.add(whole(v2(12), event("/a", 11)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo(event("/a", 11));
        }
    }

    @Test
    void permanentRefusal_isReported() throws Exception {
        script.answers.addAll(List.of(
                cut(v2(10), ""),
                new MockResponse.Builder().code(401).body("{\"errorCode\":110}").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThatThrownBy(() -> script.watch(proxy, get("/v2/keys/a?wait=true")))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the watch can't be resumed at 11: " + RealEtcd.LISTEN
                            + "/v2/keys/a?waitIndex=11&wait=true answered 401");
        }
    }

    @Test
    void answerWithoutIndex_isLeftAlone() throws Exception {
        script.answers.addAll(List.of(
                new MockResponse.Builder().body("<html>").build(),
                v2(1).addHeader("Content-Encoding", "br").body("xyz").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo("<html>");
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true"))).isEqualTo("xyz");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resuming_canBeSwitchedOff(boolean byTag) throws Exception {
        script.answers.add(cut(v2(10), event("/a", 11).substring(0, 20)));
        try (EtcdProxy proxy = script.proxy(options -> options.resumeWatches(byTag))) {
            Request request = get("/v2/keys/a?wait=true");
            Request tagged = byTag
                    ? request.newBuilder()
                            .tag(FailoverPolicy.class, FailoverPolicy.NEVER)
                            .build()
                    : request;
            assertThatThrownBy(() -> script.watch(proxy, tagged)).isInstanceOf(IOException.class);
        }
        assertThat(script.asked).hasSize(1);
    }

    @Test
    void applicationInterceptor_seesOneCall() throws Exception {
        script.answers.addAll(List.of(cut(v2(10), ""), cut(v2(10), ""), whole(v2(12), event("/a", 11))));
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger exchanges = new AtomicInteger();
        OkHttpClient counting = script.plain
                .newBuilder()
                .addInterceptor(chain -> {
                    calls.incrementAndGet();
                    return chain.proceed(chain.request()
                            .newBuilder()
                            .header("Authorization", "Basic b2s=")
                            .build());
                })
                .addNetworkInterceptor(chain -> {
                    exchanges.incrementAndGet();
                    assertThat(chain.request().header("Authorization")).isEqualTo("Basic b2s=");
                    return chain.proceed(chain.request());
                })
                .build();
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(body(proxy.wrap(counting), get("/v2/keys/a?wait=true"), 200))
                    .isEqualTo(event("/a", 11));
        }
        assertThat(calls).hasValue(1);
        assertThat(exchanges).hasValue(3);
    }

    @Test
    void stream_afterHistory_isAStreamAgain() throws Exception {
        script.answers.addAll(List.of(
                cut(v2(10), ""),
                v2(13).bodyDelay(0, TimeUnit.SECONDS)
                        .chunkedBody(event("/a", 11), 5)
                        .build(), // a stream, of one event
                whole(v2(13), event("/a", 12)),
                whole(v2(13), event("/a", 14)), // not of its history: it had been listening
                cut(v2(14), event("/a", 15) + event("/a", 16)),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true&stream=true")))
                    .isEqualTo(event("/a", 11) + event("/a", 12) + event("/a", 14) + event("/a", 15) + event("/a", 16));
        }
        assertThat(script.asked)
                .containsExactly(
                        "/v2/keys/a?wait=true&stream=true",
                        "/v2/keys/a?waitIndex=11&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=12&stream=false&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=13&stream=false&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=15&wait=true&stream=true",
                        "/v2/keys/a?waitIndex=17&wait=true&stream=true");
    }

    @Test
    void olderEvent_isNotPassedOnAgain() throws Exception {
        script.answers.addAll(List.of(
                cut(v2(10), event("/a", 11)),
                whole(v2(11), event("/a", 11)),
                whole(v2(12), event("/a", 12)),
                new MockResponse.Builder().code(400).body("{\"errorCode\":401}").build()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, get("/v2/keys/a?wait=true&stream=true")))
                    .isEqualTo(event("/a", 11) + event("/a", 12));
        }
    }

    @Test
    void laterCredentials_areGivenAgain() throws Exception {
        script.answers.addAll(List.of(cut(v2(10), ""), whole(v2(12), event("/a", 11))));
        List<String> given = new CopyOnWriteArrayList<>();
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            for (int i = 0; i < 2; i++) {
                script.cluster.inOrder(proxy, i).answer(request -> {
                    given.add(request.getHeaders().get("Authorization") + "");
                    return script.answer(request);
                });
            }
            OkHttpClient client = proxy.wrap(script.plain)
                    .newBuilder()
                    .addInterceptor(chain -> chain.proceed(chain.request()
                            .newBuilder()
                            .header("Authorization", "Basic b2s=")
                            .build()))
                    .build();
            assertThat(body(client, get("/v2/keys/a?wait=true"), 200)).isEqualTo(event("/a", 11));
        }
        assertThat(given).containsExactly("Basic b2s=", "Basic b2s=");
    }
}
