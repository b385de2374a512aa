package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static io.github.etcdproxy.okhttp.WatchScript.COMPACTED;
import static io.github.etcdproxy.okhttp.WatchScript.CREATE;
import static io.github.etcdproxy.okhttp.WatchScript.created;
import static io.github.etcdproxy.okhttp.WatchScript.cut;
import static io.github.etcdproxy.okhttp.WatchScript.events;
import static io.github.etcdproxy.okhttp.WatchScript.resumedAt;
import static io.github.etcdproxy.okhttp.WatchScript.v3Answer;
import static io.github.etcdproxy.okhttp.WatchScript.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.okhttp.internal.watch.WatchMessages;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import mockwebserver3.MockResponse;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A watch of the v3 gateway that goes on at another member, over real sockets. */
@Timeout(60)
class V3WatchTest {
    private final WatchScript script = new WatchScript();

    @AfterEach
    void stop() {
        script.close();
    }

    @Test
    void watch_goesOnAfterLastRevision() throws Exception {
        script.answers.addAll(List.of(
                cut(v3Answer(), created(10)),
                cut(v3Answer(), created(10) + events(11, 11, 12) + events(13).substring(0, 50)),
                whole(v3Answer(), created(14) + "{\"error\":{\"grpc_code\":14,\"message\":\"transport is closing\"}}"),
                new MockResponse.Builder()
                        .code(408)
                        .body("{\"error\":\"context canceled\",\"code\":1}")
                        .build(),
                cut(v3Answer(), created(14) + events(13, 14)),
                whole(v3Answer(), created(14) + COMPACTED)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE)))
                    .isEqualTo(created(10) + events(11, 11, 12) + events(13, 14) + COMPACTED);
        }
        assertThat(script.asked)
                .containsExactly(
                        "/v3/watch" + CREATE,
                        "/v3/watch" + resumedAt(11),
                        "/v3/watch" + resumedAt(13),
                        "/v3/watch" + resumedAt(13),
                        "/v3/watch" + resumedAt(13),
                        "/v3/watch" + resumedAt(15));
    }

    @Test
    void progressAndCallersRevision_areRespected() throws Exception {
        String progress = "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"40\"}}}\n";
        script.answers.addAll(List.of(
                cut(v3Answer(), created(30)),
                cut(v3Answer(), created(30) + progress),
                whole(v3Answer(), created(40) + COMPACTED)));
        String request = CREATE.replace("}}", ",\"startRevision\":5}}");
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", request))).isEqualTo(created(30) + progress + COMPACTED);
        }
        assertThat(script.asked)
                .containsExactly("/v3/watch" + request, "/v3/watch" + resumedAt(5), "/v3/watch" + resumedAt(41));
    }

    @Test
    void fragments_arePassedOnTogether() throws Exception {
        String fragment = events(11).replace("\"events\"", "\"fragment\":true,\"events\"");
        script.answers.addAll(List.of(
                cut(v3Answer(), created(10) + fragment),
                whole(v3Answer(), created(11) + fragment + events(11) + COMPACTED)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE)))
                    .isEqualTo(created(10) + fragment + events(11) + COMPACTED);
        }
    }

    @Test
    void severalWatches_eachGoOnWhereTheyWere() throws Exception {
        String second = "{\"create_request\":{\"key\":\"Yg==\"}}";
        String of1 = "\"watch_id\":\"1\",\"created\"";
        script.answers.addAll(List.of(
                cut(
                        v3Answer(),
                        created(10)
                                + created(10).replace("\"created\"", of1)
                                + events(12)
                                + COMPACTED.replace("\"canceled\"", "\"watch_id\":\"1\",\"canceled\"")),
                whole(
                        v3Answer(),
                        created(12)
                                + created(12).replace("\"created\"", of1)
                                + COMPACTED.replace("\"canceled\"", "\"watch_id\":\"1\",\"canceled\"")
                                + events(13)
                                + COMPACTED)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE + second)))
                    .isEqualTo(created(10)
                            + created(10).replace("\"created\"", of1)
                            + events(12)
                            + COMPACTED.replace("\"canceled\"", "\"watch_id\":\"1\",\"canceled\"")
                            + events(13)
                            + COMPACTED);
        }
        assertThat(script.asked)
                .containsExactly(
                        "/v3/watch" + CREATE + second,
                        "/v3/watch" + resumedAt(13)
                                + "{\"create_request\":{\"key\":\"Yg==\",\"start_revision\":\"11\"}}");
    }

    @Test
    void refusedWatch_isNotAskedForAgain() throws Exception {
        String second = "{\"create_request\":{\"key\":\"Yg==\"}}";
        String refused =
                created(10).replace("\"created\":true", "\"watch_id\":\"-1\",\"created\":true,\"canceled\":true");
        script.answers.addAll(List.of(
                cut(v3Answer(), refused + created(10)),
                cut(v3Answer(), created(11) + events(11)),
                whole(v3Answer(), created(11).replace("\"created\"", "\"watch_id\":\"1\",\"created\"") + events(12))));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            // At last the numbers are others, and whose events are whose can't be said.
            assertThat(script.watch(proxy, v3("/watch", CREATE + second)))
                    .isEqualTo(refused + created(10) + events(11));
        }
        assertThat(script.asked.subList(1, 3))
                .containsExactly(
                        "/v3/watch{\"create_request\":{\"key\":\"Yg==\",\"start_revision\":\"11\"}}",
                        "/v3/watch{\"create_request\":{\"key\":\"Yg==\",\"start_revision\":\"12\"}}");
    }

    @Test
    void permanentError_isPassedOnAndEndsBody() throws Exception {
        String denied =
                "{\"error\":{\"grpc_code\":7,\"http_code\":403,\"message\":\"etcdserver: permission denied\"}}\n";
        script.answers.add(whole(v3Answer(), created(10) + denied));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + denied);
        }
        assertThat(script.asked).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"create_request\":{\"key\":\"YQ==\"}}{\"progress_request\":{}}",
                "{\"cancel_request\":{\"watch_id\":1}}",
                "{\"create_request\":{\"key\":\"YQ==\"},\"more\":1}",
                "not json",
                "",
            })
    void requestOfMoreThanWatches_isLeftToEtcd(String body) throws Exception {
        script.answers.add(cut(v3Answer(), created(10)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThatThrownBy(() -> script.watch(proxy, v3("/watch", body))).isInstanceOf(IOException.class);
        }
        assertThat(script.asked).containsExactly("/v3/watch" + body);
    }

    @Test
    void membersThatEndWatchesAtOnce_areNotOverrun() throws Exception {
        for (int i = 0; i < 6; i++) {
            script.answers.add(whole(v3Answer(), created(10)));
        }
        script.answers.add(whole(v3Answer(), created(10) + COMPACTED));
        long began = System.nanoTime();
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + COMPACTED);
        }
        // The first time at once, then after at least half of 0.1, 0.2, 0.4, 0.8 and 1.6 seconds.
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1500));
    }

    @Test
    void messageThatIsTooLongToHold_passesThroughAndEndsResuming() throws Exception {
        String longValue = "x".repeat((int) WatchMessages.MAX_HELD_BYTES + 100_000);
        String message = events(11).replace("\"events\"", "\"pad\":\"" + longValue + "\",\"events\"");
        script.answers.add(cut(v3Answer(), created(10) + events(10) + message + events(12)));
        RecordingLogs.clear("/v3/watch");
        StringBuilder got = new StringBuilder();
        try (EtcdProxy proxy = script.proxy(options -> {});
                Response response =
                        proxy.wrap(script.plain).newCall(v3("/watch", CREATE)).execute()) {
            BufferedSource source = response.body().source();
            assertThatThrownBy(() -> {
                        while (!source.exhausted()) {
                            got.append(source.readUtf8(source.getBuffer().size()));
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        // What was begun of the next chunk is passed on as well.
        assertThat(got.toString().startsWith(created(10) + events(10) + message + events(12)))
                .isTrue();
        assertThat(script.asked).hasSize(1);
        assertThat(RecordingLogs.about("/v3/watch"))
                .singleElement()
                .asString()
                .contains("is longer than 16777216 bytes: it is passed on as it comes");
    }

    @Test
    void fragmentsThatAreTooLongToHold_passThrough() throws Exception {
        String fragment = events(11)
                .replace("\"events\"", "\"fragment\":true,\"pad\":\"" + "x".repeat(3 << 20) + "\",\"events\"");
        String all = created(10) + fragment.repeat(7) + events(11) + COMPACTED;
        script.answers.add(whole(v3Answer(), all));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE)).equals(all)).isTrue();
        }
        assertThat(script.asked).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", " \r\n\t"})
    void blanksBetweenMessages_areNotHeld(String blank) throws Exception {
        script.answers.add(whole(v3Answer(), created(10) + blank.repeat(1 << 20) + events(11) + COMPACTED));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, v3("/watch", CREATE))).isEqualTo(created(10) + events(11) + COMPACTED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1]", "\"text\"", "7", "// comment", "hello"})
    void anythingButObjects_isNoWatch(String message) throws Exception {
        script.answers.add(whole(v3Answer(), created(10) + message));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThatThrownBy(() -> script.watch(proxy, v3("/watch", CREATE)))
                    .hasMessageContaining("the member's response is not a watch: a message begins with byte ");
        }
        assertThat(script.asked).hasSize(1);
    }
}
