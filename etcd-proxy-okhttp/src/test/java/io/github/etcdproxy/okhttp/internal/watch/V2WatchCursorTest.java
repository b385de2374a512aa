package io.github.etcdproxy.okhttp.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.NoWatchException;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Taken;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Then;
import java.io.IOException;
import java.util.Objects;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class V2WatchCursorTest {

    private static Request request(String target) {
        return new Request.Builder()
                .url("http://etcd.invalid:2379/v2/keys" + target)
                .build();
    }

    private static Response response(int status, @Nullable String index, @Nullable String cluster, String body) {
        Response.Builder response = new Response.Builder()
                .request(request("/a"))
                .protocol(Protocol.HTTP_1_1)
                .code(status)
                .message("")
                .body(ResponseBody.create(body, null));
        if (index != null) {
            response.header("X-Etcd-Index", index);
        }
        if (cluster != null) {
            response.header("X-Etcd-Cluster-Id", cluster);
        }
        return response.build();
    }

    private static V2WatchCursor cursor(String target, String storeIndex) {
        return Objects.requireNonNull(V2WatchCursor.of(request(target), response(200, storeIndex, "1f", "")));
    }

    private static Buffer event(String key, String index) {
        return new Buffer()
                .writeUtf8("{\"action\":\"set\",\"node\":{\"key\":\"" + key + "\",\"modifiedIndex\":" + index + "}}");
    }

    @ParameterizedTest
    @CsvSource({
        // query, X-Etcd-Index -> next index; none if it is no answer of etcd's
        "wait=true, 7, 8",
        "wait=true, 0, 1",
        "wait=true&waitIndex=0, 7, 8",
        "wait=true&waitIndex=1, 7, 1",
        "wait=true&waitIndex=7, 7, 7",
        "wait=true&waitIndex=9, 7, 9",
        "waitIndex=3&waitIndex=9&wait=true, 7, 3",
        "wait=true, 18446744073709551614, 18446744073709551615",
        "wait=true&waitIndex=18446744073709551615, 7, 18446744073709551615",
        "wait=true&waitIndex=18446744073709551616, 7,",
        "wait=true&waitIndex=-1, 7,",
        "wait=true&waitIndex=x, 7,",
        "wait=true&waitIndex=, 7,",
        "wait=true, ,",
        "wait=true, x,",
        "wait=true, -1,",
    })
    void next_ofFirstAnswer_followsFromIndexes(String query, @Nullable String index, @Nullable String next) {
        V2WatchCursor cursor = V2WatchCursor.of(request("/a?" + query), response(200, index, "1f", ""));

        assertThat(cursor == null ? null : Long.toUnsignedString(cursor.next())).isEqualTo(next);
    }

    @ParameterizedTest
    @CsvSource({
        // query, index of the store at the first answer, and of the event taken -> the query that goes on from there
        "wait=true, 7, 8, waitIndex=9&wait=true",
        "wait=true&waitIndex=3, 7, 5, waitIndex=6&wait=true&waitIndex=3",
        "wait=true&recursive=true&sorted, 7, 8, waitIndex=9&wait=true&recursive=true&sorted",
        "wait=true&stream=true, 7, 8, waitIndex=9&wait=true&stream=true",
        "wait=true&stream=true&waitIndex=3, 7, 6, waitIndex=7&stream=false&wait=true&stream=true&waitIndex=3",
        "wait=true&stream=true&waitIndex=3, 7, 7, waitIndex=8&wait=true&stream=true&waitIndex=3",
        "wait=true&stream=false, 7, 8, waitIndex=9&wait=true&stream=false",
    })
    void request_afterEvent_asksForNext(String query, String storeIndex, String event, String expected)
            throws Exception {
        V2WatchCursor cursor = cursor("/a%2Fb?" + query, storeIndex);
        cursor.take(event("/a/b", event));

        assertThat(cursor.request().url()).hasToString("http://etcd.invalid:2379/v2/keys/a%2Fb?" + expected);
    }

    @ParameterizedTest
    @CsvSource({
        // query, the store's index at the first answer, index of the event -> what is done then
        "wait=true, 7, 8, END",
        "wait=true&waitIndex=3, 7, 5, END",
        "wait=true&stream=true, 7, 8, READ_ON",
        "wait=true&stream=true, 7, 9, READ_ON",
        "wait=true&stream=true&waitIndex=3, 7, 6, LEAVE", // history, after which etcd sends nothing more
        "wait=true&stream=true&waitIndex=3, 7, 7, LEAVE",
        "wait=true&stream=true&waitIndex=3, 7, 8, READ_ON",
        "wait=true&stream=true&waitIndex=8, 7, 8, READ_ON",
        "wait=true&stream=true&waitIndex=18446744073709551614, 7, 18446744073709551614, READ_ON",
    })
    void take_firstAnswer_passesEachEvent(String query, String storeIndex, String index, Then then) throws Exception {
        V2WatchCursor cursor = cursor("/a?" + query, storeIndex);
        Taken taken = cursor.take(event("/other", index)); // what etcd sends by itself is not looked at

        assertThat(taken.passed().readUtf8()).isEqualTo(event("/other", index).readUtf8() + "\n");
        assertThat(taken.then()).isEqualTo(then);
        assertThat(taken.cause()).isEmpty();
        assertThat(Long.toUnsignedString(cursor.next()))
                .isEqualTo(Long.toUnsignedString(Long.parseUnsignedLong(index) + 1));
    }

    @ParameterizedTest
    @CsvSource({
        // the store's index at the second answer, index of the event; 8 is asked for -> passed, then, next
        "7, 8, true, READ_ON, 9",
        "7, 12, true, READ_ON, 13",
        "8, 8, true, LEAVE, 9", // it came while the answer was on its way
        "7, 7, false, LEAVE, 8",
        "7, 1, false, LEAVE, 8",
    })
    void take_resumedStream_passesWhatIsNew(String storeIndex, String index, boolean passed, Then then, long next)
            throws Exception {
        V2WatchCursor cursor = cursor("/a?wait=true&stream=true", "7");
        cursor.request();
        assertThat(cursor.opened(response(200, storeIndex, "1f", ""))).isTrue();

        Taken taken = cursor.take(event("/a", index));

        assertThat(taken.passed().size() > 0).isEqualTo(passed);
        assertThat(taken.then()).isEqualTo(then);
        assertThat(taken.cause()).isEqualTo(passed ? "" : "sent event " + index + ", which is older than requested");
        assertThat(taken.isProgress()).isEqualTo(passed);
        assertThat(cursor.next()).isEqualTo(next);
    }

    @ParameterizedTest
    @CsvSource({
        // key that is watched, recursively, key of an event in the history -> whether it is the caller's
        "/a, false, /a, true",
        "/a, false, /a/b, false",
        "/a, false, /b, false",
        "/a, true, /a, true",
        "/a, true, /a/b, true",
        "/a, true, /a/b/c, true",
        "/a, true, /ab, false",
        "/a, true, /a/_b, false", // hidden
        "/a, true, /a/b/_c, false",
        "/a, true, /a/b_c, true",
        "/_a, true, /_a/b, true",
        "/_a, true, /_a/_b, false",
        "/a/b, false, /a, true", // a directory above that is deleted
        "/a/b, true, /a, true",
        "/a/b, true, /a/bc, false",
        "/ab, true, /a, false",
        "/a/, true, /a/b, true",
        "//a//b, true, /a/b, true",
        "/a%20b, false, /a b, true",
        "'', true, /b, true",
        "/, true, /b, true",
        "'', true, /_b, false",
        "'', false, /b, false",
    })
    void take_history_passesWhatConcernsKey(String key, boolean recursive, String changed, boolean passed)
            throws Exception {
        V2WatchCursor cursor = cursor(key + "?wait=true&stream=true&waitIndex=3&recursive=" + recursive, "7");
        cursor.request();
        cursor.opened(response(200, "7", "1f", ""));

        Taken taken = cursor.take(event(changed, "5"));

        assertThat(taken.passed().size() > 0).isEqualTo(passed);
        assertThat(taken.then()).isEqualTo(Then.REOPEN);
        assertThat(taken.isProgress()).isTrue();
        assertThat(cursor.next()).isEqualTo(6);
    }

    @Test
    void take_listeningAgain_passesAnyKey() throws Exception {
        V2WatchCursor cursor = cursor("/a?wait=true&stream=true", "7");
        cursor.request();
        cursor.opened(response(200, "7", "1f", ""));

        assertThat(cursor.take(event("/other", "8")).passed().size()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"node\":{\"key\":\"/a\"}}", "{\"node\":{\"modifiedIndex\":0}}", "{\"node\":1}"})
    void take_withoutIndex_isNoWatch(String message) {
        assertThatThrownBy(() -> cursor("/a?wait=true", "7").take(new Buffer().writeUtf8(message)))
                .isInstanceOf(NoWatchException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "[]", "{\"node\":"})
    void take_noJson_throws(String message) {
        assertThatThrownBy(() -> cursor("/a?wait=true", "7").take(new Buffer().writeUtf8(message)))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(NoWatchException.class);
    }

    @ParameterizedTest
    @CsvSource({"1f, 1f, true", "1f, 2e, false", "1f, , false", ", 1f, false", ", , true"})
    void opened_otherCluster_isReported(@Nullable String before, @Nullable String now, boolean same) throws Exception {
        V2WatchCursor cursor =
                Objects.requireNonNull(V2WatchCursor.of(request("/a?wait=true"), response(200, "7", before, "")));

        assertThat(cursor.opened(response(200, "9", now, ""))).isEqualTo(same);
        assertThat(cursor.isOver()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"x", "''", "-1", ","})
    void opened_withoutIndex_throws(@Nullable String index) {
        V2WatchCursor cursor = cursor("/a?wait=true", "7");

        assertThatThrownBy(() -> cursor.opened(response(200, index, "1f", "")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("X-Etcd-Index");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {\"errorCode\":401,\"message\":\"outdated and cleared\"} | true",
                "400 | {\"errorCode\":400} | false",
                "400 | {\"errorCode\":402} | false",
                "400 | {}                  | false",
                "401 | {\"errorCode\":401} | false",
                "404 | {\"errorCode\":401} | false",
                "500 | {\"errorCode\":401} | false",
            })
    void isCleared_error401_isTrue(int status, String body, boolean cleared) throws Exception {
        assertThat(cursor("/a?wait=true", "7").isCleared(response(status, null, null, body)))
                .isEqualTo(cleared);
    }

    @Test
    void release_passesBeginningAndAllThatFollows() {
        Taken taken = cursor("/a?wait=true", "7").release(new Buffer().writeUtf8("{\"node"));

        assertThat(taken.passed().readUtf8()).isEqualTo("{\"node");
        assertThat(taken.then()).isEqualTo(Then.PASS_THROUGH);
    }
}
