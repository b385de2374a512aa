package io.github.etcdproxy.internal.datadir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirTest {
    private static final List<EtcdUrl> OLD = EtcdUrl.parseList("test", "http://10.0.1.10:2380,http://10.0.1.11:2380");
    private static final List<EtcdUrl> NEW = EtcdUrl.parseList("test", "https://[2001:db8::1]:2380");

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("proxy").resolve("cluster");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("proxy"))) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void remembersInEtcdsFormatForTheOwnerOnly() throws Exception {
        DataDir dir = DataDir.of(directory.resolve("a/b"));
        assertThat(dir.rememberedPeers()).isEmpty();
        assertThat(directory.resolve("a")).doesNotExist(); // nothing is created before it is needed

        dir.remember(OLD);
        Path file = directory.resolve("a/b/proxy/cluster");
        assertThat(file).hasContent("{\"PeerURLs\":[\"http://10.0.1.10:2380\",\"http://10.0.1.11:2380\"]}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwx------");
        assertThat(dir.rememberedPeers()).isEqualTo(OLD);
        dir.remember(NEW);
        assertThat(DataDir.of(directory.resolve("a/b")).rememberedPeers()).isEqualTo(NEW);
    }

    /** Halts this JVM in the middle of a write, like a power failure. */
    static final class Crash {
        public static void main(String[] args) throws IOException {
            AtomicFile.Step last = AtomicFile.Step.valueOf(args[1]);
            DataDir.of(Path.of(args[0]), step -> {
                        if (step == last) {
                            Runtime.getRuntime().halt(42);
                        }
                    })
                    .remember(NEW);
        }

        private Crash() {}
    }

    @ParameterizedTest
    @EnumSource(AtomicFile.Step.class)
    void crashDuringWrite_leavesOldOrNewPeers(AtomicFile.Step step) throws Exception {
        DataDir.of(directory).remember(OLD);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(),
                Crash.class.getName(),
                directory.toString(),
                step.name()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("crash.log").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(directory.resolve("crash.log")))
                .isEqualTo(42);

        assertThat(DataDir.of(directory).rememberedPeers()).isEqualTo(step == AtomicFile.Step.MOVED ? NEW : OLD);
        DataDir.of(directory).remember(NEW);
        assertThat(DataDir.of(directory).rememberedPeers()).isEqualTo(NEW);

        // Leftovers of the crash are removed once they are too old to belong to another process.
        for (String name : names()) {
            Files.setLastModifiedTime(
                    directory.resolve("proxy").resolve(name),
                    FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        }
        DataDir.of(directory).remember(OLD);
        assertThat(names()).containsExactly("cluster");
    }

    /** The location of the classes, on the class path or the module path. */
    private static String classPath() {
        return Stream.of("java.class.path", "jdk.module.path")
                        .map(System::getProperty)
                        .filter(path -> path != null && !path.isEmpty())
                        .reduce((a, b) -> a + File.pathSeparator + b)
                        .orElseThrow()
                + File.pathSeparator
                + Path.of("target", "test-classes").toAbsolutePath();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"PeerURLs\":null}",
                "{\"PeerURLs\":[]}",
                "{\"PeerURLs\":[1]}",
                "{\"PeerURLs\":[\"http://a:1/\"]}",
                "{\"PeerURLs\":[\"http://a:1\"],\"PeerURLs\":[\"http://b:1\"]}",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                "{\"PeerURLs\":[\"http://a:1\"]} x",
                "{\"PeerURLs\":[\"http://a:1\", \"\"]}"
            })
    void corruptFile_isMovedAside(String content) throws Exception {
        Files.createDirectories(file().getParent());
        for (int i = 0; i < 3; i++) {
            Files.writeString(file(), content);
            assertThat(DataDir.of(directory).rememberedPeers()).isEmpty();
        }
        assertThat(names()).containsExactly("cluster.corrupt", "cluster.corrupt.1", "cluster.corrupt.2");
        assertThat(directory.resolve("proxy/cluster.corrupt")).hasContent(content);
        DataDir.of(directory).remember(OLD);
        assertThat(DataDir.of(directory).rememberedPeers()).isEqualTo(OLD);
    }

    @Test
    void unreadableFile_isLeftInPlace() throws Exception {
        Files.createDirectories(file()); // a directory in its place
        assertThat(DataDir.of(directory).rememberedPeers()).isEmpty();
        assertThat(file()).isDirectory();
        assertThatThrownBy(() -> DataDir.of(directory).remember(OLD)).isInstanceOf(IOException.class);
        assertThat(names()).containsExactly("cluster");
    }

    @Test
    void aMembersDirectoryIsRefused() throws Exception {
        Files.createDirectories(directory.resolve("member"));
        assertThatThrownBy(() -> DataDir.requireUsable(directory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("data-dir: \"" + directory + "\" holds the data of a member");
        Path plain = Files.writeString(directory.resolve("plain"), "");
        assertThatThrownBy(() -> DataDir.requireUsable(plain)).hasMessageContaining("is not a directory: name another");
    }

    @Test
    void manyWritersNeverLeaveAHalf() throws Exception {
        List<Thread> writers = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        DataDir.of(directory).remember(OLD);
        for (int i = 0; i < 4; i++) {
            List<EtcdUrl> peers = i % 2 == 0 ? OLD : NEW;
            Thread writer = new Thread(() -> {
                try {
                    for (int n = 0; n < 50; n++) {
                        DataDir.of(directory).remember(peers);
                    }
                } catch (IOException | RuntimeException e) {
                    failures.add(e);
                }
            });
            writers.add(writer);
            writer.start();
        }
        while (writers.stream().anyMatch(Thread::isAlive)) {
            assertThat(Set.of(OLD, NEW)).contains(DataDir.of(directory).rememberedPeers());
        }
        assertThat(failures).isEmpty();
        assertThat(names()).containsExactly("cluster");
    }

    @Test
    void forgetProxy_removesOnlyItsFilesPermanently() throws Exception {
        DataDir.of(directory).forgetProxy(); // nothing to forget
        DataDir dir = DataDir.of(directory);
        Files.writeString(directory.resolve("other"), "stays");
        dir.remember(OLD);
        Files.writeString(directory.resolve("proxy/cluster.corrupt"), "x");
        dir.stopStoring();
        dir.forgetProxy();
        dir.remember(OLD); // a running refresh
        assertThat(directory.resolve("proxy")).doesNotExist();
        assertThat(directory.resolve("other")).hasContent("stays");
        assertThat(dir.rememberedPeers()).isEmpty();
    }

    @Test
    void forgettingRemovesNothingThatIsNoProxys() throws Exception {
        DataDir dir = DataDir.of(directory);
        dir.remember(OLD);
        Path photos = Files.writeString(directory.resolve("proxy/photos"), "x");
        assertThatThrownBy(dir::forgetProxy).isInstanceOf(IOException.class);
        assertThat(photos).exists();
        assertThatThrownBy(() -> DataDir.requireUsable(Path.of("")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("data-dir: \"\": name a directory");
    }

    @Test
    @Timeout(20)
    void fileThatIsNotRegular_isNeverOpened() throws Exception {
        DataDir dir = DataDir.of(directory);
        Files.createDirectory(directory.resolve("proxy"));
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        for (Path irregular : List.of(fifo, Path.of("/dev/zero"), directory)) {
            Files.createSymbolicLink(file(), irregular);
            assertThat(dir.rememberedPeers()).as("%s", irregular).isEmpty();
            Files.delete(file());
        }
        Files.move(fifo, file());
        assertThat(dir.rememberedPeers()).isEmpty();

        dir.remember(OLD); // replaces it
        assertThat(dir.rememberedPeers()).isEqualTo(OLD);
        Path elsewhere = Files.move(file(), directory.resolve("linked"));
        Files.createSymbolicLink(file(), elsewhere);
        assertThat(dir.rememberedPeers()).isEqualTo(OLD);
    }
}
