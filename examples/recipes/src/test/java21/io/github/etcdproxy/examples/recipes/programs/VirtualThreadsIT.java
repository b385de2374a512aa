package io.github.etcdproxy.examples.recipes.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import org.junit.jupiter.api.Test;

/** Like {@link ProgramsIT}, compiled by Java 21 and newer only. */
class VirtualThreadsIT {

    @Test
    void virtualThreads_read() throws Exception {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1)) {
            Program program = VirtualThreadsProgram::main;

            assertThat(program.outputOn(cluster).lines()).hasSize(100).containsOnly("200");
        }
    }
}
