package io.github.etcdproxy.examples.sidecar;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A sidecar in the test's own process. */
final class RunningSidecar implements AutoCloseable {
    static final Limits LIMITS =
            new Limits(100, 64 * 1024, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(10));

    private final Sidecar sidecar;
    private final int port;

    private RunningSidecar(Sidecar sidecar, int port) {
        this.sidecar = sidecar;
        this.port = port;
    }

    static RunningSidecar of(String initialCluster, Path dataDir, String... flags) throws IOException {
        return of(LIMITS, initialCluster, dataDir, flags);
    }

    /** Starts one; another program can take its port before it does, and then it takes another. */
    static RunningSidecar of(Limits limits, String initialCluster, Path dataDir, String... flags) throws IOException {
        for (int tries = 0; ; tries++) {
            int port = freePort();
            List<String> all = new ArrayList<>(List.of("--listen-client-urls", "http://127.0.0.1:" + port));
            all.addAll(List.of(flags));
            try {
                return at(port, limits, initialCluster, dataDir, all);
            } catch (IOException e) {
                if (tries == 5) {
                    throw e;
                }
            }
        }
    }

    /** Starts one whose flags say where it listens. */
    static RunningSidecar at(int port, Limits limits, String initialCluster, Path dataDir, List<String> flags)
            throws IOException {
        List<String> all = new ArrayList<>(
                List.of("--proxy", "on", "--initial-cluster", initialCluster, "--data-dir", dataDir.toString()));
        all.addAll(flags);
        return new RunningSidecar(Sidecar.start(limits, Map.of(), all.toArray(String[]::new)), port);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The number of running requests. */
    int exchanges() {
        return sidecar.exchanges();
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        sidecar.close();
    }
}
