package io.github.etcdproxy.internal.datadir;

import io.github.etcdproxy.internal.failure.ErrorText;
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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy's data directory: the peers it knew last, in {@code proxy/cluster}, so that it finds the cluster again when what
 * it was configured with has gone.
 *
 * <p>The file is that of etcd's proxy (server/etcdmain/etcd.go, {@code startProxy}, 3.5), which can read ours as we read
 * its: {@code {"PeerURLs":["http://10.0.1.10:2380"]}}, mode 0600. It is written beside its place, synced, and moved there in
 * one step, so that at any moment either the old or the new one is there as a whole. Several processes may share a
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
    private boolean forgotten; // guarded by this

    /** The steps of a write, between any two of which the machine may stop. */
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
     * Takes a directory for a proxy's. Nothing is created before there is something to remember.
     *
     * @param directory need not exist
     * @return the data directory
     * @throws IllegalArgumentException if it holds the data of a member, or is no directory; the message names it and says
     *     what to do
     */
    public static DataDir of(Path directory) {
        return of(directory, step -> {});
    }

    static DataDir of(Path directory, Consumer<Step> steps) {
        if (directory.toString().isEmpty()) {
            throw new IllegalArgumentException("data-dir: \"\": name a directory");
        }
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new IllegalArgumentException("data-dir: \"" + directory + "\" is no directory: name another");
        }
        if (Files.exists(directory.resolve("member"))) {
            throw new IllegalArgumentException(
                    "data-dir: \"" + directory + "\" holds the data of a member, in \"member\":"
                            + " give the proxy a directory of its own, or move \"member\" away if that member is gone for good");
        }
        return new DataDir(directory, steps);
    }

    /**
     * The peers known last. A file that can't be read is told of in the log; one that has something else in it is also moved
     * aside, to {@code cluster.corrupt} or the like.
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
            log.warn("The peers remembered in {} can't be read, and are done without: {}", file, ErrorText.of(e));
            return List.of();
        }
        try {
            return parse(content);
        } catch (IOException | IllegalArgumentException e) {
            setAside(e);
            return List.of();
        }
    }

    /** Reads the file's content; what is no peer URL makes the whole untrustworthy. */
    static List<EtcdUrl> parse(byte[] content) throws IOException {
        if (content.length > LARGEST_FILE) {
            throw new IOException("it has more than " + LARGEST_FILE + " bytes");
        }
        List<EtcdUrl> peers = new ArrayList<>();
        for (JsonValue url : JsonValue.parse(content).get("PeerURLs").items()) {
            peers.add(EtcdUrl.parse(url.text()));
        }
        if (peers.isEmpty()) {
            throw new IOException("it names no PeerURLs");
        }
        return peers.stream().distinct().toList();
    }

    private void setAside(Exception why) {
        try {
            log.warn(
                    "The peers remembered in {} can't be made out ({}); the file is now {}, and the configured source is"
                            + " asked",
                    file,
                    ErrorText.of(why),
                    moveAside(proxy.resolve("cluster.corrupt"), 1));
        } catch (NoSuchFileException e) {
            log.debug("another process has moved {} aside", file);
        } catch (IOException e) {
            log.warn(
                    "The peers remembered in {} can't be made out ({}), nor can the file be moved aside ({}); the configured"
                            + " source is asked",
                    file,
                    ErrorText.of(why),
                    ErrorText.of(e));
        }
    }

    /** Moves the file to a name that is free, so that an older one is not lost. */
    private Path moveAside(Path aside, int number) throws IOException {
        try {
            return Files.move(file, aside);
        } catch (FileAlreadyExistsException e) {
            return moveAside(proxy.resolve("cluster.corrupt." + number), number + 1);
        }
    }

    /**
     * Remembers peers in place of those before.
     *
     * @param peers not empty
     * @throws IOException if the file can't be written; then those before are still there
     */
    public synchronized void remember(List<EtcdUrl> peers) throws IOException {
        if (forgotten) {
            return;
        }
        createDirectory();
        steps.accept(Step.DIRECTORY_CREATED);
        // A name of its own for each writer: two that shared one could move each other's half into place.
        Path written = Files.createTempFile(proxy, "cluster", ".bak", ownerOnly("rw-------"));
        try {
            steps.accept(Step.FILE_CREATED);
            write(written, json(peers).getBytes(StandardCharsets.UTF_8));
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
                    "the file system of " + proxy + " can't move a file in one step: name another data-dir", e);
        }
    }

    /** Makes the move itself outlive a crash of the machine, where the system can. */
    private static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            log.debug("the folder {} can't be synced: {}", folder, ErrorText.of(e)); // Windows opens no folders
        }
    }

    /** Removes what writers left behind that were ended in the middle. */
    private void removeStale() {
        Instant limit = Instant.now().minus(STALE);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(proxy, "cluster?*.bak")) {
            for (Path path : left) {
                if (Files.getLastModifiedTime(path).toInstant().isBefore(limit)) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.debug("old files in {} can't be removed: {}", proxy, ErrorText.of(e)); // they do no harm
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

    private static String json(List<EtcdUrl> peers) {
        // A URL has no character that JSON would escape.
        return peers.stream().map(url -> "\"" + url + "\"").collect(Collectors.joining(",", "{\"PeerURLs\":[", "]}"));
    }

    /**
     * Forgets the peers for good: removes {@code proxy} and what a proxy keeps there, as is due before a member is started
     * with this directory. Nothing is remembered after it.
     *
     * @throws IOException if something can't be removed, or is there that is no proxy's
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
     * Where it is.
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
