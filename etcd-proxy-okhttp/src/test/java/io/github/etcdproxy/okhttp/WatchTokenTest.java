package io.github.etcdproxy.okhttp;

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

import java.util.List;
import mockwebserver3.MockResponse;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A watch of the v3 gateway whose token some members, or all, do not know. */
@Timeout(60)
class WatchTokenTest {
    private static final String REASON = "rpc error: code = Unauthenticated desc = etcdserver: invalid auth token";
    private static final String REFUSED =
            "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"10\"},\"watch_id\":\"-1\",\"created\":true,"
                    + "\"canceled\":true,\"cancel_reason\":\"" + REASON + "\"}}\n";

    private final WatchScript script = new WatchScript();

    @AfterEach
    void stop() {
        script.close();
    }

    private static Request watch() {
        return v3("/watch", CREATE).newBuilder().header("Authorization", "a.1").build();
    }

    /** etcd keeps the stream open after the message. */
    private static MockResponse refused() {
        return whole(v3Answer(), REFUSED + events(99));
    }

    private static MockResponse refusedByStatus() {
        return new MockResponse.Builder()
                .code(401)
                .body("{\"error\":\"etcdserver: invalid auth token\",\"code\":16}")
                .build();
    }

    private void assertEachMemberWasAsked(EtcdProxy proxy, int first, int second) {
        assertThat(script.cluster.inOrder(proxy, 0).requests()).isEqualTo(first);
        assertThat(script.cluster.inOrder(proxy, 1).requests()).isEqualTo(second);
    }

    @Test
    void refusedWatch_isOpenedAtNextMember() throws Exception {
        script.answers.addAll(List.of(refused(), whole(v3Answer(), created(10) + events(11) + COMPACTED)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, watch())).isEqualTo(created(10) + events(11) + COMPACTED);
            assertEachMemberWasAsked(proxy, 1, 1);
        }
    }

    @Test
    void watchRefusedByAll_hasEtcdsMessage() throws Exception {
        script.answers.addAll(List.of(refused(), refused()));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, watch())).isEqualTo(REFUSED);
            assertEachMemberWasAsked(proxy, 1, 1);
        }
    }

    @Test
    void watchRefusedByStatus_isOpenedAtNextMember() throws Exception {
        script.answers.addAll(List.of(refusedByStatus(), whole(v3Answer(), created(10) + COMPACTED)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, watch())).isEqualTo(created(10) + COMPACTED);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resumedWatch_goesOnAtMemberThatKnowsToken(boolean byStatus) throws Exception {
        script.answers.addAll(List.of(
                cut(v3Answer(), created(10) + events(11)),
                byStatus ? refusedByStatus() : refused(),
                whole(v3Answer(), created(12) + events(12) + COMPACTED)));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, watch())).isEqualTo(created(10) + events(11) + events(12) + COMPACTED);
        }
        assertThat(script.asked)
                .containsExactly("/v3/watch" + CREATE, "/v3/watch" + resumedAt(12), "/v3/watch" + resumedAt(12));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resumedWatchRefusedByAll_endsUnderItsId(boolean byStatus) throws Exception {
        String ofId = created(10).replace("\"created\"", "\"watch_id\":\"5\",\"created\"");
        MockResponse refused = byStatus ? refusedByStatus() : refused();
        script.answers.addAll(List.of(cut(v3Answer(), ofId), refused, refused));
        try (EtcdProxy proxy = script.proxy(options -> {})) {
            assertThat(script.watch(proxy, watch()))
                    .isEqualTo(ofId + "{\"result\":{\"header\":{\"cluster_id\":\"7\"},\"watch_id\":\"5\","
                            + "\"canceled\":true,\"cancel_reason\":\""
                            + (byStatus ? "etcdserver: invalid auth token" : REASON) + "\"}}\n");
        }
        assertThat(script.asked).hasSize(3);
    }
}
