package io.github.etcdproxy.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.InProcessCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The runnable jar, as a person runs it. */
@Tag("once")
class QuickstartIT {

    private record Run(int exitCode, String output) {}

    private static Run run(String... arguments) throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = Stream.concat(
                        Stream.of(java.toString(), "-jar", System.getProperty("quickstart.jar")), Stream.of(arguments))
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }

    @Test
    void showsTheMainJobOnMembersOfItsOwn() throws Exception {
        Run run = run();

        assertThat(run.output())
                .contains("Three members inside this process", "cluster cdf818194e3a8c32", "PUT  201 from 127.0.0.1:")
                .contains("is killed", "comes back", "all 3 members are available", " calls, 0 failed, longest stall ")
                .contains("PUT is refused with 501")
                .endsWith("All steps succeeded.\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void showsTheMainJobOnRealEtcd() throws Exception {
        assertThat(EtcdBinary.forTest().version()).startsWith("3.");
        Run run = run("--etcd");

        assertThat(run.output())
                .contains("Three real members, etcd 3.", " calls, 0 failed, longest stall ")
                .endsWith("All steps succeeded.\n");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void usesARunningClusterAndKillsNobodyThere() throws Exception {
        try (InProcessCluster cluster = InProcessCluster.start(2)) {
            Run run = run("--initial-cluster", cluster.initialCluster());

            assertThat(run.output())
                    .contains(cluster.members().get(0).peerUrl(), "4, 5  left out", "PUT is refused with 501");
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void failsWithTheReasonOfEachPeerWhereThereIsNoCluster() throws Exception {
        String peer;
        try (InProcessCluster cluster = InProcessCluster.start(1)) {
            peer = cluster.members().get(0).peerUrl();
        }
        Run run = run("--initial-cluster=gone=" + peer);

        assertThat(run.output()).contains("FAILED: not ready after PT10S", peer, "Connection refused");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void explainsItself() throws Exception {
        Run run = run("--help");

        assertThat(run.output()).contains("usage: ", "--etcd", "--initial-cluster", "exit code: 0");
        assertThat(run.exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--frobnicate", "--initial-cluster", "--etcd --initial-cluster=a=http://b:1"})
    void refusesABadCommandLineAndSaysWhatToWrite(String arguments) throws Exception {
        Run run = run(arguments.split(" ", -1));

        assertThat(run.output())
                .containsAnyOf("is no option", "has no value", "exclude each other")
                .contains("usage: ");
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @Test
    void aBadInitialClusterIsNamedWithTheMend() throws Exception {
        Run run = run("--initial-cluster", "infra0");

        assertThat(run.output())
                .contains("FAILED: initial-cluster: \"infra0\" has no \"=\": write name=URL, for example infra0=http");
        assertThat(run.exitCode()).isEqualTo(1);
    }
}
