package io.github.etcdproxy.promotion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.internal.flags.NewMember;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.promotion.MemberAddRequest.Answer;
import io.github.etcdproxy.promotion.MemberAddRequest.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemberAddRequestTest {
    private static final EtcdUrl MEMBER = EtcdUrl.of("http://a:2379");
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final List<PeerRequest> sent = new ArrayList<>();
    private final AtomicInteger closed = new AtomicInteger();

    private PeerResponse response(int status, String body) {
        return new PeerResponse(status, Map.of(), new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        });
    }

    /** Asks a member that answers 404 so many times before. */
    private Answer ask(int notFound, int status, String body) throws IOException {
        return MemberAddRequest.ask(
                MEMBER,
                NewMember.of("new", "http://b:2380,http://c:2380"),
                request -> {
                    sent.add(request);
                    return sent.size() <= notFound ? response(404, "") : response(status, body);
                },
                TIMEOUT);
    }

    @ParameterizedTest
    @CsvSource({
        "200, ADDED",
        "201, ADDED",
        "204, ADDED",
        "299, ADDED",
        "300, UNKNOWN",
        "307, UNKNOWN",
        "400, REFUSED",
        "401, REFUSED",
        "403, REFUSED",
        "405, REFUSED",
        "407, REFUSED",
        "408, UNKNOWN", // a gateway has given up, and the member goes on
        "409, ADDED",
        "410, REFUSED",
        "412, REFUSED",
        "424, REFUSED",
        "425, UNKNOWN",
        "426, REFUSED",
        "428, REFUSED",
        "429, UNKNOWN",
        "430, REFUSED",
        "498, REFUSED",
        "499, UNKNOWN",
        "500, UNKNOWN",
        "503, UNKNOWN",
        "504, UNKNOWN",
    })
    void status_withoutKnownWords_decides(int status, Outcome outcome) throws Exception {
        Answer answer = ask(0, status, "{}");

        assertThat(answer.outcome()).isEqualTo(outcome);
        assertThat(answer.said()).startsWith("http://a:2379 answered " + status + " \"{}\"");
        assertThat(closed).hasValue(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # status | words of etcd                                                     | outcome | advice
            500 | etcdserver: unhealthy cluster                                          | NOT_NOW | for five seconds
            503 | etcdserver: unhealthy cluster                                          | NOT_NOW | for five seconds
            400 | etcdserver: re-configuration failed due to not enough started members  | NOT_NOW | have been added
            500 | etcdserver: re-configuration failed due to not enough started members  | NOT_NOW | have been added
            500 | membership: peerURL already exists                                     | ADDED   |
            400 | etcdserver: member ID already exists                                   | ADDED   |
            400 | etcdserver: Peer URLs already exists                                   | ADDED   |
            400 | etcdserver: user name is empty                                         | REFUSED | the role root
            500 | etcdserver: user name is empty                                         | REFUSED | the role root
            403 | etcdserver: permission denied                                          | REFUSED | the role root
            401 | Insufficient credentials                                               | REFUSED | the role root
            400 | etcdserver: too many learner members in cluster                        | REFUSED |
            500 | etcdserver: request timed out                                          | UNKNOWN |
            503 | etcdserver: no leader                                                  | UNKNOWN |
            500 | cluster is healthy                                                     | UNKNOWN |
            200 | etcdserver: unhealthy cluster                                          | ADDED   |
            """)
    void words_ofEtcd_decideBeforeStatus(int status, String words, Outcome outcome, String advice) throws Exception {
        for (String json : new String[] {
            "{\"error\":\"" + words + "\",\"code\":14}",
            "{\"message\":\"" + words + "\"}",
            "{\"error\":\"" + words + "\",\"message\":\"other words\"}",
            "{\"error\":\"\",\"message\":\"" + words + "\"}",
        }) {
            sent.clear();
            Answer answer = ask(0, status, json);

            assertThat(answer.outcome()).isEqualTo(outcome);
            assertThat(answer.said())
                    .startsWith("http://a:2379 answered " + status + " " + words)
                    .contains(advice == null ? "" : advice);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unhealthy cluster                | NOT_NOW | \"unhealthy cluster\"",
                "<html>                           | UNKNOWN | \"<html>\"",
                "''                               | UNKNOWN | \"\"",
                "{\"error\":7}                    | UNKNOWN | \"{\"error\":7}\"",
                "{\"message\":\"a\\nb\"}          | UNKNOWN | a b",
            })
    void body_withoutEtcdsForm_isShown(String body, Outcome outcome, String shown) throws Exception {
        Answer answer = ask(0, 500, body);

        assertThat(answer.outcome()).isEqualTo(outcome);
        assertThat(answer.said()).startsWith("http://a:2379 answered 500 " + shown);
    }

    @ParameterizedTest
    @CsvSource({
        "0, ADDED, /v3/cluster/member/add",
        "1, ADDED, /v2/members",
        "2, ADDED, /v3beta/cluster/member/add",
        "3, ADDED, /v3alpha/cluster/member/add",
        "4, REFUSED, /v3alpha/cluster/member/add",
    })
    void path_notFound_isFollowedByNext(int notFound, Outcome outcome, String last) throws Exception {
        Answer answer = ask(notFound, 200, "{}");

        assertThat(answer.outcome()).isEqualTo(outcome);
        assertThat(sent).hasSize(Math.min(notFound + 1, 4));
        assertThat(sent).last().satisfies(request -> {
            assertThat(request.uri()).hasToString("http://a:2379" + last);
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.timeout()).isEqualTo(TIMEOUT);
            assertThat(request.body())
                    .hasValueSatisfying(body ->
                            assertThat(body.text()).isEqualTo("{\"peerURLs\":[\"http://b:2380\",\"http://c:2380\"]}"));
        });
        assertThat(closed).hasValue(sent.size());
    }

    @ParameterizedTest
    @CsvSource({"1048576, false", "1048577, true"})
    void body_longerThanMebibyte_isAnError(int length, boolean error) throws Exception {
        if (error) {
            assertThatThrownBy(() -> ask(0, 200, "x".repeat(length))).isInstanceOf(IOException.class);
        } else {
            assertThat(ask(0, 200, "x".repeat(length)).outcome()).isEqualTo(Outcome.ADDED);
        }
        assertThat(closed).hasValue(1);
    }

    @Test
    void transport_thatThrowsAnything_isAnIoException() {
        assertThatThrownBy(() -> MemberAddRequest.ask(
                        MEMBER,
                        NewMember.of("new", "http://b:2380"),
                        request -> {
                            throw new IllegalStateException("a bug");
                        },
                        TIMEOUT))
                .isInstanceOf(IOException.class)
                .hasMessage("the transport threw IllegalStateException: a bug");
    }
}
