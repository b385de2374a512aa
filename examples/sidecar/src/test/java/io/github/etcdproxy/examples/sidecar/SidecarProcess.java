package io.github.etcdproxy.examples.sidecar;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The runnable jar as a process of its own. */
final class SidecarProcess implements AutoCloseable {
    private final Process process;
    private final Path output;

    private SidecarProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static SidecarProcess start(Path directory, Map<String, String> environment, String... arguments)
            throws IOException {
        Path output = Files.createTempFile(directory, "sidecar", ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                System.getProperty("sidecar.jar")));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
        builder.environment().putAll(environment);
        return new SidecarProcess(builder.start(), output);
    }

    /** Its output. */
    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SidecarProcess awaitOutput(String text) {
        await().atMost(Duration.ofSeconds(30)).until(() -> output().contains(text) || !process.isAlive());
        if (!output().contains(text)) {
            throw new IllegalStateException("ended without \"" + text + "\": " + output());
        }
        return this;
    }

    long pid() {
        return process.pid();
    }

    /** Waits for its end. */
    int status() throws InterruptedException {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("does not end: " + output());
        }
        return process.exitValue();
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
