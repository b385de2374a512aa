package io.github.etcdproxy.okhttp.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.NoWatchException;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Taken;
import io.github.etcdproxy.okhttp.internal.watch.WatchCursor.Then;
import java.io.IOException;
import java.util.Objects;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class V3WatchCursorTest {
    private static final String CREATED = "{'result':{'header':{'cluster_id':'1','revision':'7'},'created':true}}";
    private static final String CREATED_1 =
            "{'result':{'header':{'cluster_id':'1','revision':'7'},'watch_id':'1','created':true}}";
    private static final String REFUSED = "{'result':{'header':{'cluster_id':'1','revision':'7'},'watch_id':'-1',"
            + "'created':true,'canceled':true,'cancel_reason':'no'}}";
    private static final String EVENT_8 = "'events':[{'kv':{'mod_revision':'8'}}]";
    private static final String ONE = "{'create_request':{'key':'YQ=='}}";

    private static Request request(String body) {
        return new Request.Builder()
                .url("http://etcd.invalid:2379/v3/watch")
                .post(RequestBody.create(quoted(body), MediaType.get("application/json")))
                .build();
    }

    private static String quoted(String json) {
        return json.replace('\'', '"');
    }

    private static V3WatchCursor cursor(String body) {
        return Objects.requireNonNull(V3WatchCursor.of(request(body)));
    }

    private static Taken take(WatchCursor cursor, String message) throws IOException {
        return cursor.take(new Buffer().writeUtf8(quoted(message)));
    }

    private static Response ok() {
        return new Response.Builder()
                .request(request(ONE))
                .protocol(Protocol.HTTP_1_1)
                .code(200)
                .message("")
                .build();
    }

    private static String body(Request request) throws IOException {
        RequestBody body = request.body();
        assertThat(body).isNotNull();
        Buffer text = new Buffer();
        body.writeTo(text);
        return text.readUtf8().replace('"', '\'');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // body | the revision from which on it is; none if the body is anything but requests to create watches
                "{'create_request':{}}                                                          | 0",
                "{'createRequest':{}}                                                           | 0",
                "{'create_request':{'start_revision':5}}                                        | 5",
                "{'create_request':{'start_revision':'5'}}                                      | 5",
                "{'create_request':{'startRevision':'9223372036854775807','key':'YQ=='}}        | 9223372036854775807",
                "{'create_request':{'start_revision':'5'}} {'create_request':{'start_revision':'3'}} | 3",
                "{'create_request':{'start_revision':'9223372036854775808'}}                    |",
                "{'create_request':{'start_revision':'x'}}                                      |",
                "{'create_request':{'start_revision':null}}                                     |",
                "{'create_request':{'start_revision':{}}}                                       |",
                "{'create_request':null}                                                        |",
                "{'create_request':[]}                                                          |",
                "{'create_request':{},'x':1}                                                    |",
                "{'create_request':{}}{'cancel_request':{'watch_id':0}}                         |",
                "{'cancel_request':{'watch_id':0}}                                              |",
                "{'progress_request':{}}                                                        |",
                "{'create_request':{}                                                           |",
                "{}                                                                             |",
                "[]                                                                             |",
                "~~                                                                             |",
                "not JSON                                                                       |",
            })
    void of_bodyThatCreatesWatchesOnly_isPosition(String body, @Nullable Long next) {
        V3WatchCursor cursor = V3WatchCursor.of(request(body));

        assertThat(cursor == null ? null : (Long) cursor.next()).isEqualTo(next);
    }

    @Test
    void request_keepsFieldsAndMovesRevision() throws Exception {
        V3WatchCursor cursor = cursor("{'create_request':{'key':'YQ==','start_revision':'3','filters':['NOPUT'],"
                + "'prev_kv':true,'watch_id':9007199254740993}}");
        take(cursor, CREATED);
        take(cursor, "{'result':{'header':{'revision':'4'},'events':[{'kv':{'mod_revision':'4'}}]}}");

        assertThat(body(cursor.request()))
                .isEqualTo("{'create_request':{'key':'YQ==','filters':['NOPUT'],"
                        + "'prev_kv':true,'watch_id':9007199254740993,'start_revision':'5'}}");
        assertThat(cursor.request().url()).hasToString("http://etcd.invalid:2379/v3/watch");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // message after that of the creation at revision 7 | passed | then | next | over
                "{'result':{'header':{'revision':'9'}," + EVENT_8 + "}} | true | READ_ON | 9 | false",
                "{'result':{'events':[{},{'kv':{'mod_revision':'9'}}]}} | true | READ_ON | 10 | false",
                "{'result':{'watch_id':'','events':[{'kv':{'mod_revision':'8'}}]}} | true | READ_ON | 9 | false",
                "{'result':{'header':{'revision':'9'}}} | true | READ_ON | 10 | false", // progress
                "{'result':{'header':{'revision':'7'}}} | true | READ_ON | 8 | false",
                "{'result':{'header':{'revision':'5'}}} | true | READ_ON | 8 | false", // never back
                "{'result':{}} | true | READ_ON | 8 | false",
                "{'result':{'watch_id':'4','events':[{'kv':{'mod_revision':'8'}}]}} | true | READ_ON | 8 | false",
                "{'result':{'fragment':true,'events':[{'kv':{'mod_revision':'8'}}]}} | false | READ_ON | 8 | false",
                "{'result':{'header':{'revision':'9'},'canceled':true}} | true | READ_ON | 0 | true",
                "{'result':{'compact_revision':'9','canceled':true}} | true | READ_ON | 0 | true",
                "{'error':{'grpc_code':14,'http_code':503,'message':'no'}} | false | LEAVE | 8 | false",
                "{'error':{'grpc_code':1,'message':'no'}} | false | LEAVE | 8 | false",
                "{'error':{'code':14,'message':'no'}} | false | LEAVE | 8 | false",
                "{'error':{'code':1,'message':'no','details':[]}} | false | LEAVE | 8 | false",
                "{'error':{'grpc_code':13,'message':'no'}} | true | READ_ON | 8 | true",
                "{'error':{'grpc_code':15,'message':'no'}} | true | READ_ON | 8 | true",
                "{'error':{'code':7,'message':'no'}} | true | READ_ON | 8 | true",
                "{'error':{'message':'no'}} | true | READ_ON | 8 | true",
            })
    void take_messageOfOneWatch_movesPosition(String message, boolean passed, Then then, long next, boolean over)
            throws Exception {
        V3WatchCursor cursor = cursor(ONE);
        take(cursor, CREATED);

        Taken taken = take(cursor, message);

        assertThat(taken.passed().readUtf8()).isEqualTo(passed ? quoted(message) + "\n" : "");
        assertThat(taken.then()).isEqualTo(then);
        assertThat(taken.cause()).isEqualTo(then == Then.LEAVE ? "no" : "");
        assertThat(cursor.next()).isEqualTo(next);
        assertThat(cursor.isOver()).isEqualTo(over);
    }

    @ParameterizedTest
    @CsvSource({"'', 8", "0, 8", "1, 1", "5, 5", "8, 8", "100, 100"})
    void take_created_keepsRevisionThatWasAskedFor(String start, long next) throws Exception {
        V3WatchCursor cursor = cursor(start.isEmpty() ? ONE : "{'create_request':{'start_revision':'" + start + "'}}");

        assertThat(take(cursor, CREATED).passed().readUtf8()).isEqualTo(quoted(CREATED) + "\n");
        assertThat(cursor.next()).isEqualTo(next);
    }

    @Test
    void take_lastFragment_passesAll() throws Exception {
        V3WatchCursor cursor = cursor(ONE);
        take(cursor, CREATED);
        String first = "{'result':{'fragment':true,'events':[{'kv':{'mod_revision':'8'}}]}}";
        String last = "{'result':{'events':[{'kv':{'mod_revision':'9'}}]}}";

        assertThat(take(cursor, first).isProgress()).isFalse();
        assertThat(take(cursor, last).passed().readUtf8()).isEqualTo(quoted(first + "\n" + last + "\n"));
        assertThat(cursor.next()).isEqualTo(10);
    }

    @Test
    void opened_dropsFragmentsOfOtherMember() throws Exception {
        V3WatchCursor cursor = cursor(ONE);
        take(cursor, CREATED);
        take(cursor, "{'result':{'fragment':true,'events':[{'kv':{'mod_revision':'8'}}]}}");
        assertThat(cursor.opened(ok())).isTrue();
        String whole = "{'result':{'events':[{'kv':{'mod_revision':'8'}}]}}";

        assertThat(take(cursor, CREATED).passed().size()).isZero(); // it has been passed on before
        assertThat(take(cursor, whole).passed().readUtf8()).isEqualTo(quoted(whole) + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // what the next member creates | then
                "{'result':{'header':{'cluster_id':'1'},'created':true}}                   | READ_ON",
                "{'result':{'header':{'cluster_id':'2'},'created':true}}                   | END", // another cluster
                "{'result':{'created':true}}                                               | END",
                "{'result':{'header':{'cluster_id':'1'},'watch_id':'1','created':true}}  | END", // numbered otherwise
            })
    void take_createdAgain_isTheSameOrEnds(String message, Then then) throws Exception {
        V3WatchCursor cursor = cursor(ONE);
        take(cursor, CREATED);
        cursor.opened(ok());

        Taken taken = take(cursor, message);

        assertThat(taken.passed().size()).isZero();
        assertThat(taken.then()).isEqualTo(then);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'error':{'grpc_code':14}}",
                "{'error':{'grpc_code':14,'message':''}}",
                "{'error':{'code':1,'message':null}}"
            })
    void take_transientErrorWithoutMessage_isNoProgress(String message) throws Exception {
        V3WatchCursor cursor = cursor(ONE);
        take(cursor, CREATED);

        Taken taken = take(cursor, message);

        assertThat(taken.then()).isEqualTo(Then.LEAVE);
        assertThat(taken.isProgress()).isFalse(); // or the next attempts would follow without a pause
    }

    @Test
    void take_twoWatches_moveEachOnItsOwn() throws Exception {
        V3WatchCursor cursor = cursor(ONE + ONE);
        take(cursor, CREATED);
        take(cursor, CREATED_1);
        take(cursor, "{'result':{'watch_id':'1','events':[{'kv':{'mod_revision':'9'}}]}}");

        assertThat(cursor.next()).isEqualTo(8);
        assertThat(body(cursor.request()))
                .isEqualTo("{'create_request':{'key':'YQ==','start_revision':'8'}}"
                        + "{'create_request':{'key':'YQ==','start_revision':'10'}}");

        take(cursor, "{'result':{'canceled':true}}");
        assertThat(cursor.next()).isEqualTo(10);
        assertThat(cursor.isOver()).isFalse();
        assertThat(body(cursor.request())).contains("'8'", "'10'"); // so that the other keeps its id

        take(cursor, "{'result':{'watch_id':'1','canceled':true}}");
        assertThat(cursor.isOver()).isTrue();
    }

    @Test
    void take_refusedWatch_isNotAskedForAgain() throws Exception {
        V3WatchCursor cursor = cursor("{'create_request':{'key':'Yg=='}}" + ONE);

        assertThat(take(cursor, REFUSED).passed().readUtf8()).isEqualTo(quoted(REFUSED) + "\n");
        take(cursor, CREATED);

        assertThat(body(cursor.request())).isEqualTo("{'create_request':{'key':'YQ==','start_revision':'8'}}");
        assertThat(cursor.isOver()).isFalse();
    }

    @Test
    void take_canceledWatch_isHeardOnce() throws Exception {
        V3WatchCursor cursor = cursor(ONE + ONE);
        take(cursor, CREATED);
        take(cursor, CREATED_1);
        take(cursor, "{'result':{'canceled':true}}");
        cursor.opened(ok());

        assertThat(take(cursor, CREATED).passed().size()).isZero();
        assertThat(take(cursor, "{'result':{'events':[{'kv':{'mod_revision':'9'}}]}}")
                        .passed()
                        .size())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "<html>", "{'result':", "1"})
    void take_noJson_throws(String message) {
        assertThatThrownBy(() -> take(cursor(ONE), message)).isInstanceOf(IOException.class);
    }

    @Test
    void release_oneWatch_passesBeginningThrough() throws Exception {
        V3WatchCursor cursor = cursor(ONE);
        take(cursor, CREATED);
        take(cursor, "{'result':{'fragment':true}}");
        Taken taken = cursor.release(new Buffer().writeUtf8("{\"res"));

        assertThat(taken.passed().readUtf8()).isEqualTo(quoted("{'result':{'fragment':true}}\n{'res"));
        assertThat(taken.then()).isEqualTo(Then.PASS_THROUGH);
    }

    @ParameterizedTest
    @ValueSource(strings = {CREATED, CREATED + "|" + CREATED_1 + "|{'result':{'canceled':true}}"})
    void release_watchThatIsNotTheCallers_throws(String messages) throws Exception {
        V3WatchCursor cursor = cursor(ONE + ONE);
        for (String message : messages.split("\\|", -1)) {
            take(cursor, message);
        }
        assertThatThrownBy(() -> cursor.release(new Buffer()))
                .isInstanceOf(NoWatchException.class)
                .hasMessageContaining("make a request for each watch");
    }
}
