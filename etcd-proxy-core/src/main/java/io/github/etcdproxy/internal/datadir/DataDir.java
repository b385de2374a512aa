package io.github.etcdproxy.internal.datadir;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy's data directory. It stores the peers known last in {@code proxy/cluster}, so that the proxy finds the
 * cluster again when its configured peers are gone.
 *
 * <p>The file has the format of etcd's proxy (server/etcdmain/etcd.go, {@code startProxy}, 3.5), and each can read the
 * other's: {@code {"PeerURLs":["http://10.0.1.10:2380"]}}, mode 0600. It is written to a temporary file, synced, and
 * moved into place atomically, so that a reader sees either the old or the new file. Several processes may share a
 * directory: the last to write wins. Thread safe.
 */
public final class DataDir {
    private static final Logger log = LoggerFactory.getLogger(DataDir.class);

    private static final int LARGEST_FILE = 1 << 20;
    private static final Duration STALE = Duration.ofHours(1);

    private final Path directory;
    private final Path proxy;
    private final Path file;
    private final Consumer<Step> steps;

    @GuardedBy("this")
    private boolean forgotten;

    /** The steps of a write. The machine may crash between any two. */
    enum Step {
        DIRECTORY_CREATED,
        FILE_CREATED,
        HALF_WRITTEN,
        WRITTEN,
        SYNCED,
        MOVED
    }

    private DataDir(Path directory, Consumer<Step> steps) {
        this.directory = directory;
        this.proxy = directory.resolve("proxy");
        this.file = proxy.resolve("cluster");
        this.steps = steps;
    }

    /**
     * Opens a data directory. Nothing is created until there are peers to store.
     *
     * @param directory need not exist
     * @return the data directory
     * @throws IllegalArgumentException if it holds a member's data or is not a directory; the message names it and says
     *     how to fix it
     */
    public static DataDir of(Path directory) {
        return of(directory, step -> {});
    }

    static DataDir of(Path directory, Consumer<Step> steps) {
        if (directory.toString().isEmpty()) {
            throw new IllegalArgumentException("data-dir: \"\": name a directory");
        }
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new IllegalArgumentException("data-dir: \"" + directory + "\" is not a directory: name another");
        }
        if (Files.exists(directory.resolve("member"))) {
            throw new IllegalArgumentException(
                    "data-dir: \"" + directory + "\" holds the data of a member, in \"member\":"
                            + " give the proxy a directory of its own, or move \"member\" away if that member is gone for good");
        }
        return new DataDir(directory, steps);
    }

    /**
     * The peers known last. An unreadable file is logged and ignored. A corrupt file is also moved aside, to {@code
     * cluster.corrupt} or a numbered variant.
     *
     * @return empty if there are none
     */
    public List<EtcdUrl> rememberedPeers() {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(LARGEST_FILE + 1);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            log.warn("The peers remembered in {} can't be read and are ignored: {}", file, ErrorText.of(e));
            return List.of();
        }
        try {
            return parse(content);
        } catch (IOException | IllegalArgumentException e) {
            setAside(e);
            return List.of();
        }
    }

    /** Parses the file's content. Anything but peer URLs makes the whole file corrupt. */
    static List<EtcdUrl> parse(byte[] content) throws IOException {
        if (content.length > LARGEST_FILE) {
            throw new IOException("it has more than " + LARGEST_FILE + " bytes");
        }
        List<EtcdUrl> peers = new ArrayList<>();
        for (JsonValue url : JsonValue.parse(content).get("PeerURLs").items()) {
            peers.add(EtcdUrl.of(url.text()));
        }
        if (peers.isEmpty()) {
            throw new IOException("it names no PeerURLs");
        }
        return peers.stream().distinct().toList();
    }

    private void setAside(Exception why) {
        try {
            log.warn(
                    "The peers remembered in {} are corrupt ({}); the file is now {}, and the configured source is"
                            + " asked",
                    file,
                    ErrorText.of(why),
                    moveAside(proxy.resolve("cluster.corrupt"), 1));
        } catch (NoSuchFileException e) {
            log.debug("another process has moved {} aside", file);
        } catch (IOException e) {
            log.warn(
                    "The peers remembered in {} are corrupt ({}), and the file can't be moved aside ({}); the configured"
                            + " source is asked",
                    file,
                    ErrorText.of(why),
                    ErrorText.of(e));
        }
    }

    /** Moves the file to an unused name, so that an older one is not overwritten. */
    private Path moveAside(Path aside, int number) throws IOException {
        try {
            return Files.move(file, aside);
        } catch (FileAlreadyExistsException e) {
            return moveAside(proxy.resolve("cluster.corrupt." + number), number + 1);
        }
    }

    /**
     * Stores peers, replacing those stored before.
     *
     * @param peers not empty
     * @throws IOException if the file can't be written; the peers stored before are kept
     */
    public synchronized void remember(List<EtcdUrl> peers) throws IOException {
        if (forgotten) {
            return;
        }
        createDirectory();
        steps.accept(Step.DIRECTORY_CREATED);
        // Each writer uses its own file: with a shared one, two writers could move each other's partial content into
        // place.
        Path written = Files.createTempFile(proxy, "cluster", ".bak", ownerOnly("rw-------"));
        try {
            steps.accept(Step.FILE_CREATED);
            write(written, JsonText.object("PeerURLs", peers).getBytes(StandardCharsets.UTF_8));
            move(written);
            steps.accept(Step.MOVED);
            sync(proxy);
            removeStale();
        } catch (IOException e) {
            Files.deleteIfExists(written);
            throw e;
        }
    }

    private void write(Path path, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            int half = content.length / 2;
            write(channel, content, 0, half);
            steps.accept(Step.HALF_WRITTEN);
            write(channel, content, half, content.length);
            steps.accept(Step.WRITTEN);
            channel.force(true);
            steps.accept(Step.SYNCED);
        }
    }

    private static void write(FileChannel channel, byte[] content, int from, int to) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(content, from, to - from);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private void move(Path written) throws IOException {
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException(
                    "the file system of " + proxy + " can't move a file atomically: name another data-dir", e);
        }
    }

    /** Makes the move durable, where the operating system supports it. */
    private static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            log.debug("the folder {} can't be synced: {}", folder, ErrorText.of(e)); // as on Windows
        }
    }

    /** Removes temporary files of writers that crashed. */
    private void removeStale() {
        Instant limit = Instant.now().minus(STALE);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(proxy, "cluster?*.bak")) {
            for (Path path : left) {
                if (Files.getLastModifiedTime(path).toInstant().isBefore(limit)) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.debug("old files in {} can't be removed: {}", proxy, ErrorText.of(e)); // harmless
        }
    }

    private void createDirectory() throws IOException {
        Files.createDirectories(proxy, ownerOnly("rwx------"));
    }

    private FileAttribute<?>[] ownerOnly(String permissions) {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    /**
     * Removes {@code proxy} and the proxy's files in it, which must precede starting a member with this directory.
     * Later calls of {@link #remember} do nothing.
     *
     * @throws IOException if a file can't be removed, or {@code proxy} holds files that are not the proxy's
     */
    public synchronized void forgetProxy() throws IOException {
        forgotten = true;
        if (!Files.exists(proxy)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(proxy, "{cluster,cluster*.bak,cluster.corrupt*}")) {
            for (Path path : files) {
                Files.deleteIfExists(path);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Files.delete(proxy);
    }

    /**
     * The path of this directory.
     *
     * @return the directory
     */
    public Path path() {
        return directory;
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
