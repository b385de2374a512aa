package io.github.etcdproxy.internal.datadir;

import io.github.etcdproxy.internal.failure.ErrorText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is replaced atomically and durably: it is written to a temporary file, synced, and moved into place, so
 * that a reader sees either the old or the new content. Several processes may replace the same file: the last to write
 * wins.
 */
final class AtomicFile {
    private static final Logger log = LoggerFactory.getLogger(AtomicFile.class);

    private static final Duration STALE = Duration.ofHours(1);

    private final Path folder;
    private final Path file;
    private final Consumer<Step> steps;

    /** The steps of a write. The machine may crash between any two. */
    enum Step {
        DIRECTORY_CREATED,
        FILE_CREATED,
        HALF_WRITTEN,
        WRITTEN,
        SYNCED,
        MOVED
    }

    /** {@code steps} is called after each step. */
    AtomicFile(Path file, Consumer<Step> steps) {
        this.folder = file.resolveSibling("");
        this.file = file;
        this.steps = steps;
    }

    /** Replaces the content; creates the file and its folder, for the owner only, if they are missing. */
    void replace(byte[] content) throws IOException {
        Files.createDirectories(folder, ownerOnly("rwx------"));
        steps.accept(Step.DIRECTORY_CREATED);
        // Each writer uses its own file: with a shared one, two writers could move each other's partial content into
        // place.
        Path written = Files.createTempFile(folder, file.getFileName().toString(), ".bak", ownerOnly("rw-------"));
        try {
            steps.accept(Step.FILE_CREATED);
            write(written, content);
            move(written);
            steps.accept(Step.MOVED);
            sync();
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
                    "the file system of " + folder + " can't move a file atomically: name another data-dir", e);
        }
    }

    /** Makes the move durable, where the operating system supports it. */
    private void sync() {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            log.debug("the folder {} can't be synced: {}", folder, ErrorText.of(e)); // as on Windows
        }
    }

    /** Removes temporary files of writers that crashed. */
    private void removeStale() {
        Instant limit = Instant.now().minus(STALE);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, file.getFileName() + "?*.bak")) {
            for (Path path : left) {
                if (Files.getLastModifiedTime(path).toInstant().isBefore(limit)) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.debug("old files in {} can't be removed: {}", folder, ErrorText.of(e)); // harmless
        }
    }

    private FileAttribute<?>[] ownerOnly(String permissions) {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
