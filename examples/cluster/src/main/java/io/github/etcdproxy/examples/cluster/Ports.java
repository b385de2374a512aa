package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Finds ports for servers that can't choose one themselves. */
final class Ports {

    private Ports() {}

    /**
     * Ports that are free now. Another program can take one before it is used, so whoever uses them must be ready to try
     * again with others.
     */
    static List<Integer> free(int count) {
        try {
            return free(count, List.of());
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on loopback", e);
        }
    }

    /** Each socket is kept open until the last one is, so that all ports differ. */
    private static List<Integer> free(int count, List<Integer> found) throws IOException {
        if (found.size() == count) {
            return found;
        }
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Integer> more = new ArrayList<>(found);
            more.add(socket.getLocalPort());
            return free(count, more);
        }
    }
}
