package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.failure;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.event.Outcome;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.okhttp.ScriptedCluster.Member;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxy from its start to its end, and what it answers itself. */
@Isolated // counts the threads of the whole process
class EtcdProxyTest extends OnScriptedCluster {
    @Test
    void close_byOwnThread_isNotInterrupted() throws Exception {
        EtcdProxy proxy = cluster.proxy().start();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        proxy.ready().thenAccept(snapshot -> {
            proxy.close();
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void listenUrl_refusedByOkHttp_isNamed() {
        assertThatThrownBy(() ->
                        cluster.proxy().listenClientUrls("http://xn--0:2379").start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("listen-client-urls: \"http://xn--0:2379\"");
        assertThat(cluster.peerRequests()).isZero();
    }

    @Test
    void scheduler_thatWasShutDown_isRefused() {
        ScheduledExecutorService ended = Executors.newSingleThreadScheduledExecutor();
        ended.shutdown();

        assertThatThrownBy(() -> cluster.proxy().scheduler(ended).start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("scheduler: ")
                .hasMessageEndingWith(" has been shut down: give one that runs, or leave the option out");
    }

    @Test
    void callersScheduler_keepsTimeAndStaysOpen() throws Exception {
        ScheduledExecutorService callers = Executors.newSingleThreadScheduledExecutor();
        try {
            Set<Thread> before = threads("timer");
            try (EtcdProxy proxy = cluster.proxy().scheduler(callers).start()) {
                proxy.awaitReady(Duration.ofSeconds(10));
                assertThat(threads("timer")).isEqualTo(before);
            }
            assertThat(callers.isShutdown()).isFalse();
            assertThat(callers.shutdownNow()).allMatch(task -> ((Future<?>) task).isCancelled());
        } finally {
            callers.shutdownNow();
        }
    }

    private static Set<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("etcd-proxy-\\d+-" + name))
                .collect(Collectors.toSet());
    }

    @Test
    void modeOff_callsGoWhereTheySay() throws Exception {
        try (EtcdProxy proxy = cluster.proxy().mode(ProxyMode.OFF).start()) {
            proxy.awaitReady(Duration.ZERO);

            assertThatThrownBy(() -> proxy.wrap(plain).newCall(get("/a")).execute())
                    .isInstanceOf(UnknownHostException.class);
            assertThat(cluster.members().getCode()).isEqualTo(200);
        }
    }

    @Test
    void errorsAsExceptions_areThrown() throws Exception {
        EtcdProxy proxy = cluster.proxy()
                .mode(ProxyMode.READONLY)
                .errorsAsExceptions(true)
                .start();
        OkHttpClient client = proxy.wrap(plain);
        try (proxy) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.stopMembers();

            assertThat(failure(client, post("/a", "1")).status()).isEqualTo(501);
            EtcdProxyException noResponse = failure(client, get("/a"));
            assertThat(noResponse.status()).isEqualTo(502);
            assertThat(noResponse.outcome()).isEqualTo(Outcome.NOT_APPLIED);
            assertThat(noResponse.attempts()).hasSize(3);
            assertThat(noResponse.getCause()).isInstanceOf(ConnectException.class);
            assertThat(noResponse.getSuppressed()).hasSize(2);
        }
        assertThat(failure(client, get("/a")).status()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HEAD", "PUT", "DELETE"})
    void configEndpoint_takesGetOnly(String method) throws Exception {
        try (EtcdProxy proxy = cluster.proxy().start()) {
            Request request = get("/v2/config/local/proxy")
                    .newBuilder()
                    .method(method, method.equals("PUT") ? RequestBody.EMPTY : null)
                    .build();
            try (Response response = proxy.wrap(plain).newCall(request).execute()) {
                assertThat(response.code()).isEqualTo(405);
                assertThat(response.header("Allow")).isEqualTo("GET");
            }
        }
    }

    @Test
    void configEndpoint_listsMembersThatAreUp() throws Exception {
        try (EtcdProxy proxy = cluster.readyProxy()) {
            Member down = cluster.inOrder(proxy, 0);
            String second = cluster.inOrder(proxy, 1).url();
            String third = cluster.inOrder(proxy, 2).url();
            down.stop();
            OkHttpClient client = proxy.wrap(plain);
            body(client, get("/a"), 200);

            assertThat(body(client, get("/v2/config/local/proxy"), 200))
                    .isEqualTo("{\"endpoints\":[\"" + second + "\",\"" + third + "\"]}\n");
        }
    }
}
