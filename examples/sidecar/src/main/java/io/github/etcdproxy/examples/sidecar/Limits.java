package io.github.etcdproxy.examples.sidecar;

import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.util.VirtualThreads;

/**
 * What clients may ask of the sidecar at once. Beyond it they get an answer that says so.
 *
 * @param connections how many may stand; each may have one request under way
 * @param headBytes how long the head of a request may be
 * @param headTime how long it may take to come
 * @param idleTime how long a connection may stand without a request, or a client may neither send nor take what is due
 * @param drainTime how long requests under way may take to their end when the sidecar ends
 */
record Limits(int connections, int headBytes, Duration headTime, Duration idleTime, Duration drainTime) {
    /** At the worst. */
    private static final int HEAP_OF_CONNECTION = 144 * 1024;

    /** Logs, jars, peers, listen sockets. */
    private static final int OTHER_DESCRIPTORS = 200;

    /** What to tell an operator if so many file descriptors are too few: each request under way takes two. */
    Optional<String> shortage(long descriptors) {
        long needed = 2L * connections + OTHER_DESCRIPTORS;
        return descriptors >= needed
                ? Optional.empty()
                : Optional.of("This process may have " + descriptors + " file descriptors, and " + connections
                        + " connections can need " + needed
                        + ": raise the limit, by \"ulimit -n\" or LimitNOFILE= of systemd");
    }

    /**
     * What the machine bears: without virtual threads, each request under way holds one of the system's; and if each
     * client sends a long head, or a body that no member takes, there must be memory for that.
     */
    static Limits ofThisJvm() {
        long room = Runtime.getRuntime().maxMemory() / HEAP_OF_CONNECTION;
        return new Limits(
                (int) Math.min(room, VirtualThreads.areSupported() ? 10_000 : 2_000),
                32 * 1024,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10));
    }
}
