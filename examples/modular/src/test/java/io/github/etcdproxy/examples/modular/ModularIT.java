package io.github.etcdproxy.examples.modular;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.InProcessCluster;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The claims of docs/modules.md. */
class ModularIT {
    private static final String MODULES = System.getProperty("modules.directory");
    private static final String MAIN = "io.github.etcdproxy.examples.modular/" + ModularProgram.class.getName();
    private static final List<String> MODULE_PATH = List.of("-p", MODULES, "-m", MAIN);
    private static final List<String> CLASS_PATH =
            List.of("-cp", MODULES + File.separator + "*", ModularProgram.class.getName());

    @TempDir
    private static Path folder;

    private static InProcessCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = InProcessCluster.start(1);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void onModulePath_runs() throws Exception {
        assertThat(outputOf(Path.of(System.getProperty("java.home")), MODULE_PATH))
                .contains("hello, modules");
    }

    @Test
    void onClassPath_runs() throws Exception {
        assertThat(outputOf(Path.of(System.getProperty("java.home")), CLASS_PATH))
                .contains("hello, modules");
    }

    @Test
    void inImageOfTwoJdkModules_runs() throws Exception {
        Path image = folder.resolve("image");
        assertThat(jlink("--add-modules", "java.base,java.logging", "--output", image.toString()))
                .isEmpty();

        assertThat(outputOf(image, List.of("--list-modules")).lines()).hasSize(2);
        assertThat(outputOf(image, MODULE_PATH)).contains("hello, modules");
        assertThat(outputOf(image, CLASS_PATH)).contains("hello, modules");
    }

    /** Once this fails because all dependencies are modules, the page can say how to link them. */
    @Test
    void imageOfLibrary_isRefused() {
        assertThat(jlink(
                        "-p",
                        MODULES,
                        "--add-modules",
                        "io.github.etcdproxy.okhttp",
                        "--output",
                        folder.resolve("refused").toString()))
                .contains("automatic module cannot be used with jlink");
    }

    private static String jlink(String... arguments) {
        StringWriter output = new StringWriter();
        PrintWriter writer = new PrintWriter(output);
        ToolProvider.findFirst("jlink").orElseThrow().run(writer, writer, arguments);
        return output.toString();
    }

    private static String outputOf(Path java, List<String> arguments) throws Exception {
        List<String> command = Stream.of(
                        Stream.of(java.resolve("bin").resolve("java").toString()),
                        arguments.stream(),
                        Stream.of(cluster.initialCluster()))
                .flatMap(part -> part)
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            return new String(process.getInputStream().readAllBytes(), UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
