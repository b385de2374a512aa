package io.github.etcdproxy.examples.benchmarks;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.InProcessCluster;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the overhead of forwarding: the same call, answered by an interceptor instead of the network, without and
 * with the proxy.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CallBenchmark {
    private static final Request REQUEST = new Request.Builder()
            .url("http://etcd.invalid:2379/v2/keys/foo?quorum=true&recursive=true")
            .build();

    private InProcessCluster cluster;
    private EtcdProxy proxy;
    private OkHttpClient bare;
    private OkHttpClient wrapped;

    /** Created by JMH. */
    public CallBenchmark() {}

    /**
     * Starts the members and the proxy.
     *
     * @throws Exception if they don't start
     */
    @Setup
    public void start() throws Exception {
        Interceptor network = chain -> new Response.Builder()
                .request(chain.request())
                .protocol(Protocol.HTTP_1_1)
                .code(200)
                .message("OK")
                .body(ResponseBody.EMPTY)
                .build();
        cluster = InProcessCluster.start(3);
        proxy = EtcdProxy.builder()
                .listenClientUrls("http://etcd.invalid:2379")
                .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                .start();
        proxy.awaitReady(Duration.ofSeconds(10));
        bare = new OkHttpClient.Builder().addInterceptor(network).build();
        wrapped = proxy.wrap(new OkHttpClient())
                .newBuilder()
                .addInterceptor(network)
                .build();
    }

    /** Stops what was started. */
    @TearDown
    public void stop() {
        proxy.close();
        cluster.close();
    }

    /**
     * A call without the proxy.
     *
     * @return the status
     * @throws IOException never
     */
    @Benchmark
    public int bare() throws IOException {
        try (Response response = bare.newCall(REQUEST).execute()) {
            return response.code();
        }
    }

    /**
     * A call through the proxy.
     *
     * @return the status
     * @throws IOException never
     */
    @Benchmark
    public int wrapped() throws IOException {
        try (Response response = wrapped.newCall(REQUEST).execute()) {
            return response.code();
        }
    }
}
