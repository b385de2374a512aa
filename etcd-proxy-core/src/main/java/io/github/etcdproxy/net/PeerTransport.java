package io.github.etcdproxy.net;

import java.io.IOException;

/**
 * Sends one HTTP request to a peer, a member or a discovery service: the seam between the core and an HTTP client.
 *
 * <p>Redirects are not followed, as in etcd, and no request is repeated. Implementations are safe for use by several
 * threads at once.
 */
@FunctionalInterface
public interface PeerTransport extends AutoCloseable {

    /**
     * Sends a request and returns as soon as the head of the response is there. Blocks the calling thread.
     *
     * @param request what to send
     * @return the response, whatever its status; the caller closes it
     * @throws IOException if no response came within the request's timeout; the message is fit for an operator
     */
    PeerResponse send(PeerRequest request) throws IOException;

    /** Ends all exchanges under way, those included whose body is still being read, and refuses new ones. */
    @Override
    default void close() {}
}
