package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.util.VirtualThreads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdleWatchesIT {
    /** Without virtual threads each holds a platform thread, and fewer are promised. */
    private static final int WATCHES = VirtualThreads.areSupported() ? 5000 : 1000;

    @TempDir
    private Path directory;

    @Test
    void manyWatchesAreHeldAtOnceInLittleMemoryAndAllSeeWhatHappens() throws Exception {
        int port = RunningSidecar.freePort();
        List<RawClient> watches = new ArrayList<>();
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                SidecarProcess sidecar = SidecarProcess.start(
                        directory,
                        Map.of("JAVA_TOOL_OPTIONS", "-Xmx768m"),
                        "--proxy",
                        "on",
                        "--listen-client-urls",
                        "http://127.0.0.1:" + port,
                        "--initial-cluster",
                        cluster.initialCluster())) {
            sidecar.awaitOutput("Ready: ");
            for (int i = 0; i < WATCHES; i++) {
                RawClient watch = new RawClient(port);
                watches.add(watch);
                watch.send("GET /v2/keys/a?wait=true HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(watch.readHead().status()).isEqualTo(200);
            }
            long kibibytes = residentKibibytes(sidecar);
            System.out.printf("%d idle watches at once in %d MiB%n", WATCHES, kibibytes / 1024);
            assertThat(kibibytes).isLessThan(1024 * 1024);

            int member = URI.create(cluster.members().get(0).clientUrl()).getPort();
            RawClient.ask(
                    member,
                    "PUT /v2/keys/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                            + "Content-Length: 7\r\n\r\nvalue=1");
            for (RawClient watch : watches) {
                assertThat(watch.readChunk()).contains("\"value\":\"1\"");
            }
        } finally {
            for (RawClient watch : watches) {
                watch.close();
            }
        }
    }

    /** How much of the machine's memory the process has. */
    private static long residentKibibytes(SidecarProcess sidecar) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(sidecar.pid()), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
