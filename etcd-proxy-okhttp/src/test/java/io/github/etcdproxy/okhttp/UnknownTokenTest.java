package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A v3 token that some members, or all, do not know. */
@Timeout(60)
class UnknownTokenTest extends OnScriptedCluster {
    private static final String REFUSAL =
            "{\"error\":\"etcdserver: invalid auth token\",\"message\":\"etcdserver: invalid auth token\",\"code\":16}";

    private static MockResponse refuse(RecordedRequest request) {
        return new MockResponse.Builder()
                .code(request.getTarget().equals("/version") ? 200 : 401)
                .body(REFUSAL)
                .build();
    }

    private static Request with(String token, String path) {
        Request request = v3(path, "{\"key\":\"YQ==\",\"value\":\"YQ==\"}");
        return token.isEmpty()
                ? request
                : request.newBuilder().header("Authorization", token).build();
    }

    private static Request tagged(FailoverPolicy policy) {
        return with("a.1", "/kv/put")
                .newBuilder()
                .tag(FailoverPolicy.class, policy)
                .build();
    }

    private void allRefuse(EtcdProxy proxy) {
        for (int i = 0; i < 3; i++) {
            cluster.inOrder(proxy, i).answer(UnknownTokenTest::refuse);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/kv/range", "/kv/put", "/kv/txn", "/lease/grant"})
    void request_goesToMemberThatKnowsToken(String path) throws Exception {
        List<FailedAttempt> failed = new CopyOnWriteArrayList<>();
        EtcdProxyListener listener = new EtcdProxyListener() {
            @Override
            public void attemptFailed(FailedAttempt attempt) {
                failed.add(attempt);
            }
        };
        try (EtcdProxy proxy = cluster.proxy().listener(listener).start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            Member first = cluster.inOrder(proxy, 0);
            first.answer(UnknownTokenTest::refuse);
            cluster.inOrder(proxy, 1).answer(UnknownTokenTest::refuse);

            assertThat(body(proxy.wrap(plain), with("a.1", path), 200)).startsWith("member");

            assertThat(cluster.memberRequests()).isEqualTo(3);
            assertThat(proxy.status().endpoints()).hasSize(3).allMatch(Endpoint::isAvailable);
            assertThat(failed).hasSize(2).allMatch(attempt -> attempt.phase() == Phase.REFUSED);
            assertThat(failed.get(0))
                    .hasToString(first.url() + ": refused: answered 401: etcdserver: invalid auth token");
        }
    }

    @Test
    void tokenThatNoMemberKnows_isAnsweredAsByEtcd() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            allRefuse(proxy);

            assertThat(body(proxy.wrap(plain), with("a.1", "/kv/put"), 401)).isEqualTo(REFUSAL);

            assertThat(cluster.memberRequests()).isEqualTo(3);
            assertThat(proxy.status().endpoints()).hasSize(3).allMatch(Endpoint::isAvailable);
        }
    }

    @Test
    void membersThatAreDown_leaveAnswerOfOthers() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            allRefuse(proxy);
            cluster.inOrder(proxy, 2).stop();

            assertThat(body(proxy.wrap(plain), with("a.1", "/kv/put"), 401)).isEqualTo(REFUSAL);
        }
    }

    @Test
    void writeCutByOtherMember_isUnknown() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            allRefuse(proxy);
            cluster.inOrder(proxy, 1).answer(request -> ScriptedCluster.cut());

            assertThat(body(proxy.wrap(plain), with("a.1", "/kv/put"), 502))
                    .contains("\"outcome\":\"unknown\"", "\"phase\":\"refused\"", "invalid auth token");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # token | path        | the first member's body
                 '' | /v3/kv/put  | {"error":"etcdserver: invalid auth token","code":16}
            a.1     | /v3/kv/put  | <html>401 Authorization Required</html>
            a.1     | /v2/keys/a  | {"errorCode":110,"cause":"Insufficient credentials"}
            a.1     | /v3/auth/authenticate | {"error":"etcdserver: authentication failed","code":16}
            """)
    void otherRefusal_isPassedOnAtOnce(String token, String path, String refusal) throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0)
                    .answer(request ->
                            new MockResponse.Builder().code(401).body(refusal).build());
            Request request = path.startsWith("/v2")
                    ? get(path).newBuilder().header("Authorization", token).build()
                    : with(token, path.substring("/v3".length()));

            assertThat(body(proxy.wrap(plain), request, 401)).isEqualTo(refusal);

            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void requestForOneMember_staysThere() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).answer(UnknownTokenTest::refuse);

            assertThat(body(proxy.wrap(plain), tagged(FailoverPolicy.NEVER), 401))
                    .isEqualTo(REFUSAL);

            assertThat(cluster.memberRequests()).isEqualTo(1);
        }
    }

    @Test
    void grpcRequest_goesToMemberThatKnowsToken() throws Exception {
        MockResponse refusal = new MockResponse.Builder()
                .addHeader("Content-Type", "application/grpc")
                .addHeader("grpc-status", "16")
                .addHeader("grpc-message", "etcdserver: invalid auth token")
                .build();
        Request put = v3("", "x")
                .newBuilder()
                .url(RealEtcd.LISTEN + "/etcdserverpb.KV/Put")
                .header("token", "a.1")
                .build();
        try (EtcdProxy proxy = cluster.readyProxy()) {
            cluster.inOrder(proxy, 0).answer(request -> refusal);
            cluster.inOrder(proxy, 1).answer(request -> refusal);
            assertThat(body(proxy.wrap(plain), put, 200)).startsWith("member");

            cluster.inOrder(proxy, 2).answer(request -> refusal);
            try (Response response = proxy.wrap(plain).newCall(put).execute()) {
                assertThat(response.header("grpc-status")).isEqualTo("16");
            }
            assertThat(cluster.memberRequests()).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // members that know the token, members that are down -> whether the authenticator is asked
        "1, 0, 0",
        "0, 0, 1",
        "0, 1, 1",
    })
    void authenticator_isAskedOnceIfNoMemberKnowsToken(int knowing, int down, int asked) throws Exception {
        AtomicInteger times = new AtomicInteger();
        OkHttpClient authenticating = plain.newBuilder()
                .authenticator((route, response) -> {
                    times.incrementAndGet();
                    return response.request()
                            .newBuilder()
                            .header("Authorization", "new.2")
                            .build();
                })
                .build();
        try (EtcdProxy proxy = cluster.readyProxy()) {
            List<Member> members =
                    List.of(cluster.inOrder(proxy, 0), cluster.inOrder(proxy, 1), cluster.inOrder(proxy, 2));
            for (Member member : members.subList(0, 3 - knowing)) {
                member.answer(request -> "new.2".equals(request.getHeaders().get("Authorization"))
                        ? new MockResponse.Builder().body("member").build()
                        : refuse(request));
            }
            members.subList(3 - down, 3).forEach(Member::stop);

            assertThat(body(proxy.wrap(authenticating), with("a.1", "/kv/put"), 200))
                    .startsWith("member");

            assertThat(times).hasValue(asked);
        }
    }
}
