package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds ports for servers that can't choose one themselves. */
final class Ports {

    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    /**
     * Ports that are free now and that this method has not returned before. Another program may take one before it is
     * used, so callers must be ready to try again with others.
     */
    static synchronized List<Integer> free(int count) {
        try {
            List<Integer> found;
            do {
                found = free(count, List.of());
            } while (!Collections.disjoint(found, GIVEN));
            GIVEN.addAll(found);
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on loopback", e);
        }
    }

    /** All sockets are kept open until the last one is bound, so that all ports differ. */
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
