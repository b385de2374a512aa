package io.github.etcdproxy.examples.sidecar;

import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.util.VirtualThreads;

/**
 * The limits for clients of the sidecar. Beyond them clients get a refusal that names the limit.
 *
 * @param connections the maximum number; each may have one running request
 * @param headBytes the maximum size of a request's headers
 * @param headTime the time limit for receiving them
 * @param idleTime the idle timeout of a connection without a request, and of a client that neither sends nor reads what
 *     is due
 * @param drainTime how long running requests may take when the sidecar stops
 */
record Limits(int connections, int headBytes, Duration headTime, Duration idleTime, Duration drainTime) {
    /** The worst case. */
    private static final int HEAP_OF_CONNECTION = 144 * 1024;

    /** Logs, jars, peers, listen sockets. */
    private static final int OTHER_DESCRIPTORS = 200;

    /** A warning if that number of file descriptors is too low: each running request takes two. */
    Optional<String> shortage(long descriptors) {
        long needed = 2L * connections + OTHER_DESCRIPTORS;
        return descriptors >= needed
                ? Optional.empty()
                : Optional.of("This process may have " + descriptors + " file descriptors, and " + connections
                        + " connections can need " + needed
                        + ": raise the limit, by \"ulimit -n\" or LimitNOFILE= of systemd");
    }

    /**
     * The limits for this JVM: without virtual threads, each running request holds a platform thread; and the heap must
     * hold long headers, or bodies that no member reads, from each client.
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
