package io.github.etcdproxy.internal.datadir;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
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

    private final Path directory;
    private final Path proxy;
    private final Path file;
    private final AtomicFile written;

    @GuardedBy("this")
    private boolean stopped;

    private DataDir(Path directory, Consumer<AtomicFile.Step> steps) {
        this.directory = directory;
        this.proxy = directory.resolve("proxy");
        this.file = proxy.resolve("cluster");
        this.written = new AtomicFile(file, steps);
    }

    /**
     * Opens a data directory. Nothing is created until there are peers to store.
     *
     * @param directory a {@linkplain #requireUsable usable} directory
     * @return the data directory
     */
    public static DataDir of(Path directory) {
        return of(directory, step -> {});
    }

    static DataDir of(Path directory, Consumer<AtomicFile.Step> steps) {
        return new DataDir(directory, steps);
    }

    /**
     * Checks that a directory can be a proxy's.
     *
     * @param directory need not exist
     * @return the directory
     * @throws IllegalArgumentException if it holds a member's data or is not a directory; the message names it and says
     *     how to fix it
     */
    public static Path requireUsable(Path directory) {
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
        return directory;
    }

    /**
     * The peers known last. An unreadable file is logged and ignored. A corrupt file is also moved aside, to {@code
     * cluster.corrupt} or a numbered variant.
     *
     * @return empty if there are none
     */
    public List<EtcdUrl> rememberedPeers() {
        byte[] content;
        try {
            content = read();
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

    /** Opening anything else, such as a FIFO, could block. A link to a regular file is followed. */
    private byte[] read() throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
            throw new IOException("it is not a regular file: remove it");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(LARGEST_FILE + 1);
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
        if (!stopped) {
            written.replace(JsonText.object("PeerURLs", peers).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Waits for a write under way; later calls of {@link #remember} do nothing. */
    public synchronized void stopStoring() {
        stopped = true;
    }

    /**
     * Removes {@code proxy} and the proxy's files in it, which must precede starting a member with this directory. The
     * proxy must have {@linkplain #stopStoring stopped storing}.
     *
     * @throws IOException if a file can't be removed, or {@code proxy} holds files that are not the proxy's
     */
    public void forgetProxy() throws IOException {
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

    @Override
    public String toString() {
        return directory.toString();
    }
}
