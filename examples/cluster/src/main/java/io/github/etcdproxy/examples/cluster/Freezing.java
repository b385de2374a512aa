package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Suspends processes: the operating system keeps accepting connections and bytes for them, which they do not read. On
 * Linux.
 */
public final class Freezing {
    private static final Path KILL = Path.of("/bin/kill");

    private Freezing() {}

    /**
     * Whether this machine supports it.
     *
     * @return true on Linux
     */
    public static boolean isPossible() {
        return Files.isExecutable(KILL) && Files.isDirectory(Path.of("/proc/self/task"));
    }

    /**
     * Sends SIGSTOP, and returns when all threads have stopped.
     *
     * @param process a child of ours
     */
    public static void freeze(Process process) {
        signal("-STOP", process);
        while (!isFrozen(process)) {
            Thread.onSpinWait(); // each thread handles the signal separately
        }
    }

    /**
     * Sends SIGCONT.
     *
     * @param process a child of ours
     */
    public static void thaw(Process process) {
        signal("-CONT", process);
    }

    private static void signal(String signal, Process process) {
        try {
            int exit = new ProcessBuilder(List.of(KILL.toString(), signal, Long.toString(process.pid())))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("kill " + signal + " " + process.pid() + " gave " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while sending " + signal, e);
        }
    }

    private static boolean isFrozen(Process process) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            return threads.allMatch(Freezing::isStopped);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isStopped(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return true; // it has ended meanwhile
        }
    }
}
