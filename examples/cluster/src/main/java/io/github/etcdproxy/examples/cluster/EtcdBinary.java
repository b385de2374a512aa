package io.github.etcdproxy.examples.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * An {@code etcd} program.
 *
 * @param path where it is
 * @param minor the minor version: 4 for 3.4.23
 * @param version the whole version
 */
public record EtcdBinary(Path path, int minor, String version) {
    private static final Pattern VERSION = Pattern.compile("etcd Version: (3\\.(\\d+)\\.\\S+)");

    /**
     * Looks for {@code etcd} on the PATH.
     *
     * @return the first one found; empty if there is none
     */
    public static Optional<EtcdBinary> onPath() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, "etcd"))
                .filter(Files::isExecutable)
                .findFirst()
                .map(EtcdBinary::inspect);
    }

    /**
     * Looks for {@code etcd} on the PATH, for a test that requires it.
     *
     * @return the first one found
     * @throws TestAbortedException if there is none; JUnit then skips the test and shows the reason
     * @throws IllegalStateException if there is none and the system property {@code etcd.required} is true, so that no
     *     test is skipped silently
     */
    public static EtcdBinary forTest() {
        return onPath().orElseThrow(() -> {
            String why = "no etcd on the PATH: install the package etcd-server to run this test";
            System.err.println("SKIPPED OR FAILED: " + why); // JUnit's reports have it, Maven's log has not
            return Boolean.getBoolean("etcd.required") ? new IllegalStateException(why) : new TestAbortedException(why);
        });
    }

    private static EtcdBinary inspect(Path path) {
        try {
            Process process = new ProcessBuilder(path.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(output);
            if (!version.find()) {
                throw new IllegalStateException(path + " --version printed no version of etcd 3: " + output);
            }
            return new EtcdBinary(path, Integer.parseInt(version.group(2)), version.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(path + " can't be run", e);
        }
    }

    /**
     * Whether it can serve the v2 API, if enabled by a flag.
     *
     * @return true for 3.4 and 3.5
     */
    public boolean canEnableV2() {
        return minor == 4 || minor == 5;
    }
}
