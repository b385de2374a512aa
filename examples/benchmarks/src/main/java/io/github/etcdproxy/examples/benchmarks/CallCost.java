package io.github.etcdproxy.examples.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdCluster;
import io.github.etcdproxy.examples.cluster.InProcessCluster;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Prints what a call costs this JVM, bare and wrapped: processor time and allocated bytes, on a real member if {@code
 * etcd} is on the PATH.
 *
 * <p>Both clients call the same member in alternating blocks, so that other load on the machine affects both. Processor
 * time is the process's, the JIT compiler and the garbage collector included; allocated bytes are the calling thread's.
 * Medians over the blocks are compared within one run only. Arguments: the number of blocks of each kind (15), calls in
 * a block (4,000) and calls before the first block (60,000).
 */
public final class CallCost {
    private static final String LISTEN = "http://etcd.invalid:2379";
    private static final String PATH = "/v2/keys/foo";

    /** Between blocks, so that no timer of a block serves the next. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    private final PrintStream out;
    private final int blocks;
    private final int calls;
    private final int warmUp;

    private CallCost(PrintStream out, int blocks, int calls, int warmUp) {
        this.out = out;
        this.blocks = blocks;
        this.calls = calls;
        this.warmUp = warmUp;
    }

    /**
     * Runs the comparison.
     *
     * @param args blocks, calls in a block, calls to warm up; each may be left out
     * @throws Exception if the member does not start or does not serve
     */
    public static void main(String[] args) throws Exception {
        CallCost cost =
                new CallCost(System.out, argument(args, 0, 15), argument(args, 1, 4_000), argument(args, 2, 60_000));
        Optional<EtcdBinary> etcd = EtcdBinary.onPath();
        System.out.println("Java " + Runtime.version() + ", "
                + Runtime.getRuntime().availableProcessors() + " cores, "
                + etcd.map(binary -> "etcd " + binary.version()).orElse("in-process member (no etcd on the PATH)"));
        try (EtcdCluster cluster = etcd.isPresent() ? ProcessCluster.start(etcd.get(), 1) : InProcessCluster.start(1);
                EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(LISTEN)
                        .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                        .start()) {
            proxy.awaitReady(Duration.ofSeconds(10));
            cost.compare(cluster.members().get(0).clientUrl(), proxy);
        }
    }

    private static int argument(String[] args, int index, int otherwise) {
        return index < args.length ? Integer.parseInt(args[index]) : otherwise;
    }

    private void compare(String member, EtcdProxy proxy) throws IOException {
        OkHttpClient bare = new OkHttpClient();
        OkHttpClient wrapped = proxy.wrap(new OkHttpClient());
        RequestBody value = RequestBody.create("value=1", MediaType.get("application/x-www-form-urlencoded"));
        Request.Builder put = new Request.Builder().put(value);
        Request.Builder get = new Request.Builder();
        compare(
                "PUT",
                new Side(bare, put.url(member + PATH).build()),
                new Side(wrapped, put.url(LISTEN + PATH).build()));
        compare(
                "GET",
                new Side(bare, get.url(member + PATH).build()),
                new Side(wrapped, get.url(LISTEN + PATH).build()));
    }

    private void compare(String name, Side bare, Side wrapped) throws IOException {
        int rounds = warmUp / calls;
        for (int i = 0; i < rounds; i++) {
            measure(bare);
            measure(wrapped);
        }
        Cost[] ofBare = new Cost[blocks];
        Cost[] ofWrapped = new Cost[blocks];
        for (int i = 0; i < blocks; i++) {
            ofBare[i] = measure(bare);
            ofWrapped[i] = measure(wrapped);
        }
        Cost a = median(ofBare);
        Cost b = median(ofWrapped);
        out.printf(
                "%s  bare %.1f µs %.0f B, wrapped %.1f µs %.0f B: processor time x %.3f, %+.0f B (medians of %d blocks of"
                        + " %d calls)%n",
                name, a.micros, a.bytes, b.micros, b.bytes, b.micros / a.micros, b.bytes - a.bytes, blocks, calls);
    }

    private Cost measure(Side side) throws IOException {
        LockSupport.parkNanos(PAUSE.toNanos());
        long time = processorNanos();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < calls; i++) {
            side.call();
        }
        return new Cost(
                (processorNanos() - time) / 1e3 / calls,
                (double) (threads.getCurrentThreadAllocatedBytes() - bytes) / calls);
    }

    /**
     * Of all threads of this process, the JIT compiler's and the collector's included; where there is /proc, to the
     * nanosecond.
     */
    private long processorNanos() throws IOException {
        Path tasks = Path.of("/proc/self/task");
        if (!Files.isReadable(tasks)) {
            return process.getProcessCpuTime(); // to the hundredth of a second
        }
        long nanos = 0;
        try (DirectoryStream<Path> threadsOfProcess = Files.newDirectoryStream(tasks)) {
            for (Path thread : threadsOfProcess) {
                String statistics = Files.readString(thread.resolve("schedstat"));
                nanos += Long.parseLong(statistics.substring(0, statistics.indexOf(' ')));
            }
        } catch (NoSuchFileException e) {
            return processorNanos(); // a thread has just ended
        }
        return nanos;
    }

    private static Cost median(Cost[] costs) {
        return new Cost(
                Arrays.stream(costs).mapToDouble(Cost::micros).sorted().toArray()[costs.length / 2],
                Arrays.stream(costs).mapToDouble(Cost::bytes).sorted().toArray()[costs.length / 2]);
    }

    /** Processor time and allocation of one call. */
    private record Cost(double micros, double bytes) {}

    /** One client and what it is asked to do. */
    private record Side(OkHttpClient client, Request request) {
        void call() throws IOException {
            try (Response response = client.newCall(request).execute()) {
                if (!response.isSuccessful() || response.body().string().isEmpty()) {
                    throw new IOException(request.url() + " answered " + response.code());
                }
            }
        }
    }
}
