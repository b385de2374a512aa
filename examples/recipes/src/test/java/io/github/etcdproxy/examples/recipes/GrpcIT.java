package io.github.etcdproxy.examples.recipes;

import static io.github.etcdproxy.examples.recipes.OnThreeMembers.LISTEN;
import static io.github.etcdproxy.examples.recipes.OnThreeMembers.pinned;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.squareup.wire.GrpcClient;
import com.squareup.wire.GrpcException;
import com.squareup.wire.GrpcStatus;
import com.squareup.wire.MessageSink;
import com.squareup.wire.MessageSource;
import io.github.etcdproxy.examples.cluster.ClusterTls;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.Freezing;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.examples.recipes.etcdserverpb.Compare;
import io.github.etcdproxy.examples.recipes.etcdserverpb.Event;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseGrantRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseKeepAliveRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseKeepAliveResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.PutRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.RangeRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.RequestOp;
import io.github.etcdproxy.examples.recipes.etcdserverpb.TxnRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.WatchCreateRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.WatchRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.WatchResponse;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import kotlin.Pair;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import okio.ByteString;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC by Wire on real members, in clear text and over TLS, that are killed and frozen. */
class GrpcIT {

    @Nested
    class InClearText extends Calls {
        @Override
        ProcessCluster start() {
            return ProcessCluster.start(EtcdBinary.forTest(), 3);
        }

        @Override
        EtcdProxy.Builder proxyBuilder(ProcessCluster cluster) {
            return OnThreeMembers.proxy(cluster);
        }

        @Override
        GrpcClient grpc(EtcdProxy proxy, OkHttpClient existing) {
            return GrpcEtcd.plain(LISTEN, proxy, existing);
        }
    }

    @Nested
    class OverTls extends Calls {
        private final ClusterTls tls = ClusterTls.create();

        @Override
        ProcessCluster start() {
            return ProcessCluster.start(EtcdBinary.forTest(), 3, tls);
        }

        @Override
        EtcdProxy.Builder proxyBuilder(ProcessCluster cluster) {
            return OnThreeMembers.proxy(cluster)
                    .peerClient(with(OnThreeMembers.client(), tls.peers().handshake()));
        }

        @Override
        GrpcClient grpc(EtcdProxy proxy, OkHttpClient existing) {
            return GrpcEtcd.over(
                    LISTEN, proxy.wrap(with(existing.newBuilder(), tls.clients().handshake())));
        }

        private static OkHttpClient with(OkHttpClient.Builder builder, HandshakeCertificates handshake) {
            return builder.sslSocketFactory(handshake.sslSocketFactory(), handshake.trustManager())
                    .build();
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Calls {
        private ProcessCluster cluster;
        private EtcdProxy proxy;
        private OkHttpClient existing;
        private GrpcClient etcd;

        abstract ProcessCluster start();

        abstract EtcdProxy.Builder proxyBuilder(ProcessCluster cluster);

        abstract GrpcClient grpc(EtcdProxy proxy, OkHttpClient existing);

        @BeforeAll
        void startCluster() {
            cluster = start();
        }

        @AfterAll
        void stopCluster() {
            if (cluster != null) {
                cluster.close();
            }
        }

        @BeforeEach
        void startProxy() throws Exception {
            cluster.awaitHealthy();
            proxy = proxyBuilder(cluster).start();
            // The client has no timeout that could end a call.
            existing = OnThreeMembers.client().readTimeout(Duration.ZERO).build();
            etcd = grpc(proxy, existing);
            proxy.awaitReady(Duration.ofSeconds(20));
        }

        @AfterEach
        void closeAll() {
            close(proxy, existing);
        }

        private static void close(EtcdProxy proxy, OkHttpClient client) {
            proxy.close();
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }

        private static ByteString utf8(String text) {
            return ByteString.encodeUtf8(text);
        }

        private static PutRequest put(String key, String value) {
            return new PutRequest.Builder().key(utf8(key)).value(utf8(value)).build();
        }

        private static RangeRequest range(String key) {
            return new RangeRequest.Builder().key(utf8(key)).build();
        }

        private String value(String key) throws IOException {
            return etcd.newCall(GrpcEtcd.RANGE)
                    .executeBlocking(serializable(key))
                    .kvs
                    .get(0)
                    .value
                    .utf8();
        }

        private static RangeRequest serializable(String key) {
            return range(key).newBuilder().serializable(true).build();
        }

        private static TxnRequest txn(RequestOp operation) {
            return new TxnRequest.Builder().success(List.of(operation)).build();
        }

        private static WatchRequest watch(String key, long revision) {
            return new WatchRequest.Builder()
                    .create_request(new WatchCreateRequest.Builder()
                            .key(utf8(key))
                            .start_revision(revision)
                            .build())
                    .build();
        }

        @Test
        void keysTransactionsAndLeasesWork() throws Exception {
            etcd.newCall(GrpcEtcd.PUT).executeBlocking(put("a", "1"));
            assertThat(value("a")).isEqualTo("1");
            TxnRequest swap = new TxnRequest.Builder()
                    .compare(List.of(new Compare.Builder()
                            .key(utf8("a"))
                            .target(Compare.CompareTarget.VALUE)
                            .value(utf8("1"))
                            .build()))
                    .success(List.of(
                            new RequestOp.Builder().request_put(put("a", "2")).build()))
                    .build();
            assertThat(etcd.newCall(GrpcEtcd.TXN).executeBlocking(swap).succeeded)
                    .isTrue();
            assertThat(etcd.newCall(GrpcEtcd.TXN).executeBlocking(swap).succeeded)
                    .isFalse();
            assertThat(value("a")).isEqualTo("2");

            long lease = etcd.newCall(GrpcEtcd.LEASE_GRANT)
                    .executeBlocking(new LeaseGrantRequest.Builder().TTL(60).build())
                    .ID;
            Pair<MessageSink<LeaseKeepAliveRequest>, MessageSource<LeaseKeepAliveResponse>> stream =
                    etcd.newStreamingCall(GrpcEtcd.LEASE_KEEP_ALIVE).executeBlocking();
            try (MessageSink<LeaseKeepAliveRequest> requests = stream.getFirst();
                    MessageSource<LeaseKeepAliveResponse> answers = stream.getSecond()) {
                for (int i = 0; i < 3; i++) {
                    requests.write(new LeaseKeepAliveRequest.Builder().ID(lease).build());
                    assertThat(answers.read().TTL).isEqualTo(60);
                }
            }
        }

        @Test
        void readsGoOnWhenTheMemberIsKilled() throws Exception {
            etcd.newCall(GrpcEtcd.PUT).executeBlocking(put("killed", "1"));
            EtcdProcess victim = pinned(cluster, proxy);
            victim.kill();
            try {
                assertThat(value("killed")).isEqualTo("1");
                RequestOp read = new RequestOp.Builder()
                        .request_range(serializable("killed"))
                        .build();
                assertThat(etcd.newCall(GrpcEtcd.TXN).executeBlocking(txn(read)).responses)
                        .hasSize(1);
            } finally {
                victim.restart();
            }
        }

        @Test
        void readsGoOnWhenTheMemberFreezesAndAWriteIsReportedAsUnknown() throws Exception {
            assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
            etcd.newCall(GrpcEtcd.PUT).executeBlocking(put("frozen", "1"));
            EtcdProcess victim = pinned(cluster, proxy);
            victim.freeze();
            try {
                assertThatThrownBy(() -> etcd.newCall(GrpcEtcd.PUT).executeBlocking(put("frozen", "2")))
                        .isInstanceOfSatisfying(
                                GrpcException.class,
                                e -> assertThat(e.getGrpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE))
                        .hasMessageContaining("outcome unknown")
                        .hasMessageContaining(victim.clientUrl());
                assertThat(value("frozen")).isIn("1", "2");
            } finally {
                victim.thaw();
            }
        }

        @Test
        void aReadWhoseMemberFreezesGoesOn() throws Exception {
            assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
            etcd.newCall(GrpcEtcd.PUT).executeBlocking(put("frozen-read", "1"));
            EtcdProcess victim = pinned(cluster, proxy);
            victim.freeze();
            try {
                assertThat(value("frozen-read")).isEqualTo("1");
            } finally {
                victim.thaw();
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"kill", "freeze"})
        void aWatchEndsWithItsMemberAndCanBeOpenedFromTheLastRevision(String fault) throws Exception {
            assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
            String key = "watched-" + fault;
            long next = etcd.newCall(GrpcEtcd.PUT).executeBlocking(put(key, "0")).header.revision + 1;
            EtcdProcess victim = pinned(cluster, proxy);
            try (Watching watching = new Watching(watch(key, next))) {
                assertThat(watching.events.read().created).isTrue();
                etcd.newCall(GrpcEtcd.PUT).executeBlocking(put(key, "1"));
                Event event = watching.events.read().events.get(0);
                assertThat(event.kv.value.utf8()).isEqualTo("1");
                next = event.kv.mod_revision + 1;
                if (fault.equals("kill")) {
                    victim.kill();
                } else {
                    victim.freeze();
                }
                assertThatThrownBy(watching.events::read).isInstanceOf(IOException.class);
            }
            try (Watching watching = new Watching(watch(key, next))) {
                assertThat(watching.events.read().created).isTrue();
                if (fault.equals("kill")) {
                    victim.restart();
                } else {
                    victim.thaw();
                }
                cluster.awaitHealthy();
                etcd.newCall(GrpcEtcd.PUT).executeBlocking(put(key, "2"));
                assertThat(watching.events.read().events.get(0).kv.value.utf8()).isEqualTo("2");
            }
        }

        /** A bidirectional stream, which may have broken off by the time it is closed. */
        private final class Watching implements AutoCloseable {
            private final MessageSink<WatchRequest> requests;
            private final MessageSource<WatchResponse> events;

            private Watching(WatchRequest first) throws IOException {
                Pair<MessageSink<WatchRequest>, MessageSource<WatchResponse>> stream =
                        etcd.newStreamingCall(GrpcEtcd.WATCH).executeBlocking();
                requests = stream.getFirst();
                events = stream.getSecond();
                requests.write(first);
            }

            @Override
            public void close() {
                try (events) {
                    requests.cancel();
                } catch (IOException e) {
                    // It has broken off.
                }
            }
        }

        @Test
        void readOnlyLetsReadsPassAndRefusesWritesInTermsOfGrpc() throws Exception {
            etcd.newCall(GrpcEtcd.PUT).executeBlocking(put("readonly", "1"));
            EtcdProxy readOnly = proxyBuilder(cluster).mode(ProxyMode.READONLY).start();
            OkHttpClient plain = OnThreeMembers.client().build();
            GrpcClient reader = grpc(readOnly, plain);
            try {
                assertThat(reader.newCall(GrpcEtcd.RANGE).executeBlocking(range("readonly")).count)
                        .isEqualTo(1);
                RequestOp read =
                        new RequestOp.Builder().request_range(range("readonly")).build();
                assertThat(reader.newCall(GrpcEtcd.TXN).executeBlocking(txn(read)).succeeded)
                        .isTrue();
                assertRefused(() -> reader.newCall(GrpcEtcd.PUT).executeBlocking(put("readonly", "2")));
                RequestOp write = new RequestOp.Builder()
                        .request_put(put("readonly", "2"))
                        .build();
                assertRefused(() -> reader.newCall(GrpcEtcd.TXN).executeBlocking(txn(write)));
                assertRefused(() -> reader.newCall(GrpcEtcd.LEASE_GRANT)
                        .executeBlocking(new LeaseGrantRequest.Builder().TTL(60).build()));
                Pair<MessageSink<LeaseKeepAliveRequest>, MessageSource<LeaseKeepAliveResponse>> stream =
                        reader.newStreamingCall(GrpcEtcd.LEASE_KEEP_ALIVE).executeBlocking();
                try (MessageSource<LeaseKeepAliveResponse> answers = stream.getSecond()) {
                    assertRefused(answers::read);
                    // A writer fails too, rather than blocks when the stream's buffer is full.
                    assertThatThrownBy(() -> writeForLong(stream.getFirst())).isInstanceOf(IOException.class);
                }
                assertThat(value("readonly")).isEqualTo("1");
            } finally {
                close(readOnly, plain);
            }
        }

        private static void writeForLong(MessageSink<LeaseKeepAliveRequest> requests) throws IOException {
            LeaseKeepAliveRequest request =
                    new LeaseKeepAliveRequest.Builder().ID(Long.MAX_VALUE).build();
            for (int i = 0; i < 200_000; i++) {
                requests.write(request);
            }
        }

        private static void assertRefused(ThrowingCallable call) {
            assertThatThrownBy(call)
                    .isInstanceOfSatisfying(
                            GrpcException.class,
                            e -> assertThat(e.getGrpcStatus()).isEqualTo(GrpcStatus.UNIMPLEMENTED))
                    .hasMessageContaining("the proxy is read-only");
        }
    }
}
