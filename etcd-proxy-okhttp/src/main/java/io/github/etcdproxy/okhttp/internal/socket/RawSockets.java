package io.github.etcdproxy.okhttp.internal.socket;

import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Connection;
import org.jspecify.annotations.Nullable;

/** Maps open TLS connections to the raw sockets beneath them. Thread safe. */
public final class RawSockets {
    private final Map<Connection, MemberSocket> byConnection = new ConcurrentHashMap<>();

    void add(Connection connection, MemberSocket beneath) {
        byConnection.put(connection, beneath);
        if (beneath.isClosed()) {
            remove(beneath);
        }
    }

    void remove(MemberSocket closed) {
        byConnection.values().remove(closed);
    }

    /** The member socket beneath a connection; null if it is not one of ours. */
    @Nullable
    MemberSocket of(Connection connection) {
        Socket socket = connection.socket();
        return socket instanceof MemberSocket plain ? plain : byConnection.get(connection);
    }
}
