package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Third-party clients, unmodified. */
@Tag("once")
class ClientsIT {
    @TempDir
    private Path directory;

    private ProcessCluster cluster;
    private RunningSidecar sidecar;
    private final List<Process> processes = new ArrayList<>();

    /** Skips the test where there is no such program, unless tests with real processes are required. */
    private static void needs(String program) {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        assumeTrue(found || Boolean.getBoolean("etcd.required"), program + " is not on the PATH");
    }

    @BeforeEach
    void start() throws IOException {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
        sidecar = RunningSidecar.of(cluster.initialCluster(), directory.resolve("data"));
    }

    @AfterEach
    void stop() {
        processes.forEach(Process::destroyForcibly);
        if (sidecar != null) {
            sidecar.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    /** A program whose output, errors included, goes to a file. */
    private record Running(Process process, Path output) {
        String text() throws IOException {
            return Files.readString(output);
        }
    }

    private Running launch(Path where, List<String> command) throws IOException {
        Path output = Files.createTempFile(directory, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("ETCDCTL_API", "2");
        Process process = builder.start();
        processes.add(process);
        return new Running(process, output);
    }

    private String run(Path where, String... command) throws Exception {
        Running running = launch(where, List.of(command));
        if (!running.process().waitFor(120, TimeUnit.SECONDS)) {
            throw new IllegalStateException(List.of(command) + " does not end: " + running.text());
        }
        return running.process().exitValue() + "\n" + running.text();
    }

    private List<String> etcdctl(String sync, String... command) {
        List<String> all = new ArrayList<>(List.of("etcdctl", "--endpoints", sidecar.url()));
        if (!sync.isEmpty()) {
            all.add(sync);
        }
        all.addAll(List.of(command));
        return all;
    }

    private int watchers() throws IOException {
        int watchers = 0;
        for (EtcdProcess member : cluster.members()) {
            String metrics = RawClient.ask(
                            URI.create(member.clientUrl()).getPort(), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                    .body();
            Matcher matcher = Pattern.compile("(?m)^etcd_debugging_(?:store_watchers|mvcc_watcher_total) (\\d+)$")
                    .matcher(metrics);
            while (matcher.find()) {
                watchers += Integer.parseInt(matcher.group(1));
            }
        }
        return watchers;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--no-sync", ""})
    void etcdctlOfTheV2ApiDoesWhatItDoes(String sync) throws Exception {
        needs("etcdctl");
        String[][] steps = {
            {"set /ctl/a one", "0\none\n"},
            {"get /ctl/a", "0\none\n"},
            {"mkdir /ctl/dir", "0\n"},
            {"mk /ctl/dir/b two", "0\ntwo\n"},
            {"mk /ctl/dir/b again", "4\nError:  105: Key already exists"},
            {"update /ctl/a three", "0\nthree\n"},
            {"set /ctl/a four --swap-with-value three", "0\nfour\n"},
            {"set /ctl/a five --swap-with-value three", "4\nError:  101: Compare failed"},
            {"ls --sort --recursive /ctl", "0\n/ctl/a\n/ctl/dir\n/ctl/dir/b\n"},
            {"rm /ctl/a", "0\nPrevNode.Value: four\n"},
            {"get /ctl/a", "4\nError:  100: Key not found"},
            {"rm --recursive /ctl", "0\n"},
            {"member list", "0\n"},
            {"cluster-health", "0\n"},
        };
        for (String[] step : steps) {
            List<String> command = etcdctl(sync, step[0].split(" ", -1));
            assertThat(run(directory, command.toArray(String[]::new)))
                    .as(String.join(" ", command))
                    .startsWith(step[1]);
        }
    }

    @ParameterizedTest
    @CsvSource({"watch --forever --recursive /seen", "exec-watch --recursive /seen -- sh -c 'echo $ETCD_WATCH_VALUE'"})
    void etcdctlWatches(String watch) throws Exception {
        needs("etcdctl");
        String[] parts = watch.split(" -- ", -1);
        List<String> command = etcdctl("--no-sync", parts[0].split(" ", -1));
        if (parts.length > 1) {
            command.addAll(List.of("--", "sh", "-c", "echo $ETCD_WATCH_VALUE"));
        }
        Running watcher = launch(directory, command);
        await().until(() -> watchers() == 1);
        for (String value : List.of("first", "second", "third")) {
            String[] set = etcdctl("--no-sync", "set", "/seen/a", value).toArray(String[]::new);
            assertThat(run(directory, set)).startsWith("0\n");
            await().until(() -> watcher.text().contains(value));
        }
        watcher.process().destroyForcibly();
        await().atMost(Duration.ofSeconds(2)).until(() -> watchers() == 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v2/keys/seen?wait=true&stream=true&recursive=true|",
                "/v3/watch|{\"create_request\":{\"key\":\"c2Vlbg==\"}}"
            })
    void curlStreamsAndItsEndReleasesTheMembersAtOnce(String path, String body) throws Exception {
        needs("curl");
        List<String> command = new ArrayList<>(List.of("curl", "--silent", "--no-buffer", sidecar.url() + path));
        if (body != null) {
            command.addAll(List.of("--data", body));
        }
        Running curl = launch(directory, command);
        await().until(() -> watchers() == 1);
        for (String value : List.of("b25l", "dHdv")) {
            String[] write = body == null
                    ? new String[] {"curl", "-sf", "-XPUT", sidecar.url() + "/v2/keys/seen/a", "-d", "value=" + value}
                    : new String[] {
                        "curl",
                        "-sf",
                        sidecar.url() + "/v3/kv/put",
                        "-d",
                        "{\"key\":\"c2Vlbg==\",\"value\":\"" + value + "\"}"
                    };
            assertThat(run(directory, write)).startsWith("0\n");
            await().until(() -> curl.text().contains("\"value\":\"" + value + "\""));
        }
        curl.process().destroyForcibly();
        await().pollDelay(Duration.ZERO).atMost(Duration.ofMillis(1500)).until(() -> watchers() == 0);
    }

    @Test
    void aClientFromNpmDoesWhatItDoes() throws Exception {
        needs("npm");
        Path npm = Files.createDirectory(directory.resolve("npm"));
        for (String file : List.of("package.json", "package-lock.json", "client.js")) {
            Files.copy(Path.of("src/test/npm", file), npm.resolve(file));
        }
        // Its scripts would compile what only calls need that block.
        assertThat(run(npm, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"))
                .startsWith("0\n");
        assertThat(run(npm, "node", "client.js", sidecar.url())).isEqualTo("""
                        0
                        set one
                        get one
                        swap two
                        swap again 101
                        dir queued
                        watched x,y,z
                        gone 100
                        leader string
                        """);
    }
}
