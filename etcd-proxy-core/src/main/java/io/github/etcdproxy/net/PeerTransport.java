package io.github.etcdproxy.net;

import java.io.IOException;

/**
 * Sends one HTTP request to a peer, a member or a discovery service: the seam between the core and an HTTP client.
 *
 * <p>As in etcd, redirects are not followed. No request is repeated. Implementations are thread safe.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface PeerTransport extends AutoCloseable {

    /**
     * Sends a request and returns when the response's headers have arrived. Blocks the calling thread.
     *
     * @param request what to send
     * @return the response, whatever its status; the caller closes it
     * @throws IOException if there is no response within the request's timeout; the message is one line for an operator
     */
    PeerResponse send(PeerRequest request) throws IOException;

    /** Aborts all exchanges, including those whose body is being read, and refuses new ones. */
    @Override
    default void close() {}
}
