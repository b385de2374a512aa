package io.github.etcdproxy.okhttp.internal.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.FailoverPolicy;
import io.github.etcdproxy.okhttp.internal.failover.ReplayRule.NextStep;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayRuleTest {

    @ParameterizedTest
    @CsvSource({
        // kind, tag, how far the attempt got, body -> may try next
        "READ, , CONNECT, replayable, true",
        "READ, , REFUSED, replayable, true",
        "READ, , EXCHANGE, replayable, true",
        "READ, , CONNECT, one-shot, true", // nothing of the body has been read either
        "READ, , REFUSED, one-shot, false",
        "READ, , EXCHANGE, one-shot, false",
        "READ, , EXCHANGE, duplex, false",
        "READ, , EXCHANGE, none, true",
        "WRITE, , CONNECT, replayable, true",
        "WRITE, , CONNECT, one-shot, true",
        "WRITE, , CONNECT, duplex, true",
        "WRITE, , REFUSED, replayable, true",
        "WRITE, , REFUSED, one-shot, false",
        "WRITE, , EXCHANGE, replayable, false",
        "WRITE, , EXCHANGE, none, false",
        "WRITE, REPEATABLE, EXCHANGE, replayable, true",
        "WRITE, REPEATABLE, EXCHANGE, one-shot, false",
        "WRITE, NEVER, CONNECT, replayable, true", // at the same member, on another connection
        "WRITE, NEVER, EXCHANGE, replayable, false",
    })
    void mayTryNext_dependsOnKindPolicyAndPhase(
            RequestKind kind, @Nullable FailoverPolicy tag, Phase phase, String body, boolean next) {
        Request request = new Request.Builder()
                .url("http://a/")
                .method(body.equals("none") ? "GET" : "POST", body(body))
                .tag(FailoverPolicy.class, tag)
                .build();

        assertThat(ReplayRule.mayTryNext(request, kind, phase)).isEqualTo(next);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # kind | result                         | last  | repeated | next step
            READ   | answered                       | false | false    | RETURN
            WRITE  | answered                       | false | false    | RETURN
            READ   | unavailable                    | false | false    | TRY_NEXT
            READ   | unavailable                    | true  | false    | RETURN
            WRITE  | unavailable                    | false | false    | RETURN
            READ   | unknown-token                  | false | false    | TRY_NEXT
            WRITE  | unknown-token                  | false | false    | TRY_NEXT
            READ   | unknown-token                  | true  | false    | RETURN
            WRITE  | unknown-token                  | true  | false    | RETURN
            READ   | CALLER EXCHANGE                | false | false    | RETHROW
            READ   | NOT_A_READ CONNECT             | false | false    | REFUSE
            READ   | MEMBER EXCHANGE                | false | false    | TRY_NEXT
            WRITE  | MEMBER EXCHANGE                | false | false    | GIVE_UP
            WRITE  | MEMBER CONNECT                 | false | false    | TRY_NEXT
            WRITE  | MEMBER CONNECT                 | true  | false    | TRY_NEXT
            WRITE  | RESOLVER CONNECT               | false | false    | TRY_NEXT
            WRITE  | OPEN_FILE_LIMIT CONNECT        | false | false    | TRY_NEXT
            WRITE  | STALE_CONNECTION CONNECT again | false | false    | RECONNECT
            WRITE  | STALE_CONNECTION CONNECT again | true  | true     | RECONNECT
            WRITE  | INCONCLUSIVE REFUSED again     | false | false    | TRY_NEXT_THEN_SAME
            WRITE  | INCONCLUSIVE REFUSED again     | false | true     | TRY_NEXT
            WRITE  | INCONCLUSIVE REFUSED           | false | false    | TRY_NEXT
            WRITE  | INCONCLUSIVE EXCHANGE again    | false | false    | GIVE_UP
            READ   | INCONCLUSIVE EXCHANGE again    | false | false    | TRY_NEXT_THEN_SAME
            READ   | MEMBER_HUNG EXCHANGE           | false | false    | TRY_NEXT
            WRITE  | MEMBER_HUNG EXCHANGE           | false | false    | GIVE_UP
            WRITE  | MEMBER_HUNG CONNECT            | false | false    | TRY_NEXT
            """)
    void nextStepFollowsFromTheResult(RequestKind kind, String result, boolean last, boolean repeated, NextStep step) {
        Request request = new Request.Builder().url("http://a/").build();

        MemberSelector members = new MemberSelector(Stream.of("a", "b", "c")
                .map(name -> EtcdUrl.of("http://" + name + ":1"))
                .toList());
        if (repeated) {
            members.advance(NextStep.TRY_NEXT_THEN_SAME);
        }
        while (last && !members.isLast()) {
            members.advance(NextStep.TRY_NEXT);
        }

        assertThat(ReplayRule.next(request, kind, result(result, request), members))
                .isEqualTo(step);
    }

    @ParameterizedTest
    @CsvSource({"one-shot", "duplex"})
    void unknownToken_ofBodySentOnce_isReturned(String body) {
        Request request = new Request.Builder()
                .url("http://a/")
                .method("POST", body(body))
                .build();
        MemberSelector members = new MemberSelector(List.of(EtcdUrl.of("http://a:1"), EtcdUrl.of("http://b:1")));

        assertThat(ReplayRule.next(request, RequestKind.READ, result("unknown-token", request), members))
                .isEqualTo(NextStep.RETURN);
    }

    @Test
    void reconnectsAreBounded() {
        Request request = new Request.Builder().url("http://a/").build();
        MemberSelector members = new MemberSelector(List.of(EtcdUrl.of("http://a:1")));
        AttemptResult stale = result("STALE_CONNECTION CONNECT again", request);
        int reconnects = 0;
        while (ReplayRule.next(request, RequestKind.WRITE, stale, members) == NextStep.RECONNECT) {
            members.advance(NextStep.RECONNECT);
            reconnects++;
        }
        assertThat(reconnects).isEqualTo(64);
        assertThat(ReplayRule.next(request, RequestKind.WRITE, stale, members)).isEqualTo(NextStep.TRY_NEXT_THEN_SAME);
    }

    private static AttemptResult result(String text, Request request) {
        Response response = new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(200)
                .message("")
                .build();
        String[] words = text.split(" ", -1);
        return switch (words[0]) {
            case "answered" -> new AttemptResult.Answered(response);
            case "unavailable" -> new AttemptResult.Unavailable(response);
            case "unknown-token" -> new AttemptResult.UnknownToken(response, "why");
            default ->
                new AttemptResult.Failed(
                        new AttemptFailure(
                                AttemptFailure.Cause.valueOf(words[0]),
                                Phase.valueOf(words[1]),
                                words.length > 2,
                                false,
                                "why"),
                        new IOException("why"));
        };
    }

    private static @Nullable RequestBody body(String kind) {
        if (kind.equals("none")) {
            return null;
        }
        return new RequestBody() {
            @Override
            public @Nullable MediaType contentType() {
                return null;
            }

            @Override
            public void writeTo(BufferedSink sink) {}

            @Override
            public boolean isOneShot() {
                return kind.equals("one-shot");
            }

            @Override
            public boolean isDuplex() {
                return kind.equals("duplex");
            }
        };
    }
}
