package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.event.DownMember;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.ForwardedCall;
import io.github.etcdproxy.event.RecoveredMember;
import io.github.etcdproxy.okhttp.RawCluster.Setup;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a proxy reports to listeners, in logs and in errors, and what it does not reveal. */
@Timeout(60)
class SeenFromOutsideTest {

    /** Records the events. */
    private static final class Recorder implements EtcdProxyListener {
        private final Queue<String> heard = new ConcurrentLinkedQueue<>();
        private final Queue<ForwardedCall> forwarded = new ConcurrentLinkedQueue<>();

        @Override
        public void attemptFailed(FailedAttempt attempt) {
            heard.add("attempt failed " + attempt.url() + " " + attempt.phase());
        }

        @Override
        public void callForwarded(ForwardedCall call) {
            heard.add("forwarded " + call.method() + " " + call.status() + " by " + call.clientUrl() + " after "
                    + call.attempts());
            forwarded.add(call);
        }

        @Override
        public void memberDown(DownMember event) {
            heard.add("down " + event.clientUrl());
        }

        @Override
        public void memberRecovered(RecoveredMember event) {
            heard.add("back " + event.clientUrl());
        }
    }

    @Test
    void listenersHearOfEachAttemptAndCall() throws Exception {
        Recorder recorder = new Recorder();
        Setup setup = Setup.of(2, false).with(options -> options.listener(recorder));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).refuse();
            body(cluster.client(), post("/a", "1"), 200);
            body(cluster.client(), get("/a"), 200);

            assertThat(recorder.heard)
                    .containsExactly(
                            "down " + cluster.url(0),
                            "attempt failed " + cluster.url(0) + " connect",
                            "forwarded POST 200 by " + cluster.url(1) + " after 2",
                            "forwarded GET 200 by " + cluster.url(1) + " after 1");
            assertThat(recorder.forwarded)
                    .allSatisfy(call -> assertThat(call.time()).isBetween(Duration.ofNanos(1), Duration.ofSeconds(30)));
        }
    }

    @Test
    void listenerThrows_affectsNoCallOrMember() throws Exception {
        EtcdProxyListener throwing = new EtcdProxyListener() {
            @Override
            public void memberDown(DownMember event) {
                throw SeenFromOutsideTest.<RuntimeException>unchecked(new IOException("metrics are gone"));
            }

            @Override
            public void callForwarded(ForwardedCall call) {
                throw SeenFromOutsideTest.<RuntimeException>unchecked(new IOException("metrics are gone"));
            }
        };
        Setup setup =
                Setup.of(2, false).with(options -> options.listener(throwing).failureWait(Duration.ofMillis(100)));
        try (RawCluster cluster = setup.start()) {
            cluster.member(0).fail(RawMember.Fault.READ_CLOSE);
            body(cluster.client(), get("/a"), 200);
            assertThat(cluster.isUp(0)).isFalse();

            await().until(() -> cluster.isUp(0));
            assertThat(RecordingLogs.about(throwing.getClass().getName())).hasSize(1);
        }
    }

    /** Throws an undeclared checked exception, like Kotlin. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E unchecked(Throwable checked) throws E {
        throw (E) checked;
    }

    @Test
    void unavailableResponse_countsAsAttempt() throws Exception {
        Recorder recorder = new Recorder();
        try (ScriptedCluster cluster = new ScriptedCluster(2);
                EtcdProxy proxy = cluster.proxy().listener(recorder).start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0)
                    .answer(request -> new MockResponse.Builder()
                            .code(500)
                            .body("{\"errorCode\":300,\"cause\":\"no leader\"}")
                            .build());
            body(proxy.wrap(new OkHttpClient()), get("/v2/keys/a"), 200);

            assertThat(recorder.forwarded)
                    .singleElement()
                    .satisfies(call -> assertThat(call.attempts()).isEqualTo(2));
        }
    }

    @Test
    void logsTellEachChangeOfStateOnce() throws Exception {
        Setup setup = Setup.of(2, false).with(options -> options.failureWait(Duration.ofMillis(100)));
        try (RawCluster cluster = setup.start()) {
            // Another test may have had a member at the same port.
            cluster.member(0).fail(RawMember.Fault.READ_CLOSE);
            for (int i = 0; i < 20; i++) {
                body(cluster.client(), get("/a"), 200);
            }
            await().until(() -> cluster.isUp(0)); // probes are answered all the while

            List<String> lines = RecordingLogs.about("Member " + cluster.url(0));
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0)).matches("WARN Member \\S+ is down: .+; probing it in PT0.*");
            assertThat(lines.get(1)).matches("INFO Member \\S+ is back");
        }
    }

    @Test
    void credentialsReachNoLogErrorOrString() throws Exception {
        Setup setup = Setup.of(2, false).with(options -> options.errorsAsExceptions(true));
        try (RawCluster cluster = setup.start()) {
            Request request = new Request.Builder()
                    .url("http://root:s3cret@etcd.invalid:2379/v2/keys/a?token=s3cret")
                    .header("Authorization", "Basic s3cret")
                    .header("Cookie", "session=s3cret")
                    .build();
            try (Response response = cluster.client().newCall(request).execute()) {
                assertThat(response.code()).isEqualTo(200);
            }
            cluster.member(0).refuse();
            cluster.member(1).refuse();
            StringWriter trace = new StringWriter();
            assertThatThrownBy(() -> cluster.client().newCall(request).execute())
                    .isInstanceOf(EtcdProxyException.class)
                    .satisfies(e -> e.printStackTrace(new PrintWriter(trace)));

            assertThat(trace.toString()).contains("EtcdProxyException").doesNotContain("s3cret");
            assertThat(cluster.proxy().toString() + cluster.proxy().status()).doesNotContain("s3cret");
            assertThat(RecordingLogs.about(cluster.url(0))).isNotEmpty();
            assertThat(RecordingLogs.about("s3cret")).isEmpty();
        }
    }

    @Test
    void unreachableCluster_isLoggedOnceWithEachReason() throws IOException {
        EtcdProxyListener counting = new Recorder();
        try (EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(io.github.etcdproxy.discovery.PeerDiscovery.initialCluster(
                        "a=http://user:s3cret@127.0.0.1:1,b=http://127.0.0.1:2"))
                .refreshInterval(Duration.ofMillis(50))
                .listener(counting)
                .start()) {
            assertThatThrownBy(() -> proxy.awaitReady(Duration.ofMillis(300)))
                    .hasMessageContaining("http://127.0.0.1:1: ")
                    .hasMessageContaining("http://127.0.0.1:2: ");
            assertThat(RecordingLogs.about("http://127.0.0.1:1: "))
                    .singleElement()
                    .asString()
                    .startsWith("WARN ");
            assertThat(RecordingLogs.about("s3cret")).isEmpty();
        }
    }
}
