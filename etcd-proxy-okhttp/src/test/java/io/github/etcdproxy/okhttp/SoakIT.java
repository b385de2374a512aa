package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.CallStream;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import okhttp3.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many calls while members are killed and restarted in turn: the numbers of threads, sockets, connections and objects
 * do not grow. {@code -Dsoak.calls} sets the number of calls.
 */
@Tag("once")
class SoakIT extends OnRealCluster {
    private static final int THREADS = 8;
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    /** What must not grow. */
    private record Use(long heapKiB, int threads, long sockets, int connections) {}

    private Use use() throws Exception {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        long heap = (runtime.totalMemory() - runtime.freeMemory()) >> 10;
        return new Use(
                heap, Thread.activeCount(), sockets(), client.connectionPool().connectionCount());
    }

    private static long sockets() throws IOException {
        if (!Files.isDirectory(OPEN_FILES)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(OPEN_FILES)) {
            return files.filter(SoakIT::isSocket).count();
        }
    }

    private static boolean isSocket(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // it has been closed meanwhile
        }
    }

    /** A read, a watch that is given up, and a write, which etcd itself may fail to serve while its leader is dead. */
    private void call(int number) throws Exception {
        if (number % 200 == 0) {
            try (Response watch = client.newCall(get("/v2/keys/soak?wait=true")).execute()) {
                assertThat(watch.code()).isEqualTo(200);
            }
            try (Response write =
                    client.newCall(RealEtcd.put("/v2/keys/a", "1")).execute()) {
                assertThat(write.code()).isIn(200, 201, 500, 502, 504);
            }
        }
        body(client, get("/v2/keys/a"), 200);
    }

    /** Kills so often that it makes some hundred restarts, however many calls there are. */
    private void killAndRestartEach(CallStream calls, long until) throws Exception {
        long pace = Math.max(200, until / 500);
        while (calls.calls() < until) {
            for (EtcdProcess member : cluster.members()) {
                member.kill();
                calls.awaitCalls(pace);
                member.restart();
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> proxy.status().endpoints().stream().allMatch(Endpoint::isAvailable));
                calls.awaitCalls(pace);
            }
        }
    }

    @Test
    void manyCallsAndRestarts_leakNothing() throws Exception {
        long calls = Long.getLong("soak.calls", 10_000);
        AtomicInteger number = new AtomicInteger();
        Use before;
        Use after;
        long made;
        try (CallStream stream = CallStream.start(THREADS, () -> call(number.incrementAndGet()))) {
            killAndRestartEach(stream, 2_000); // until all is warm
            before = use();
            killAndRestartEach(stream, calls);
            stream.awaitCalls(1_000);
            after = use();
            made = stream.calls();
            assertThat(stream.failures()).isEmpty();
        }
        System.out.printf("soak of %d calls: before %s, after %s%n", made, before, after);
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 4);
        assertThat(after.sockets()).isLessThanOrEqualTo(before.sockets() + 2 * THREADS);
        assertThat(after.connections()).isLessThanOrEqualTo(before.connections() + 2 * THREADS);
        assertThat(after.heapKiB()).isLessThan(before.heapKiB() + 4 * 1024);
    }
}
