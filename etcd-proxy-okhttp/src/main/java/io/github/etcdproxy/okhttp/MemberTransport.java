package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.time.Background;
import java.io.IOException;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Reaches members to probe them, with the TLS, DNS and proxy settings of the client that was wrapped last: what calls can
 * reach, probes can. Thread safe.
 */
final class MemberTransport implements PeerTransport {
    private final Background background;
    private @Nullable OkHttpPeerTransport current; // guarded by this
    private boolean closed; // guarded by this

    MemberTransport(Background background) {
        this.background = background;
    }

    /** To be called with each client that is wrapped. */
    synchronized void use(OkHttpClient wrapped) {
        if (!closed) {
            current = OkHttpPeerTransport.toMembers(wrapped, background); // exchanges under way end by their timeouts
        }
    }

    @Override
    public PeerResponse send(PeerRequest request) throws IOException {
        OkHttpPeerTransport transport;
        synchronized (this) {
            transport = current;
        }
        if (transport == null) {
            throw new IOException("no client has been wrapped yet");
        }
        return transport.send(request);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (current != null) {
            current.close();
        }
    }
}
