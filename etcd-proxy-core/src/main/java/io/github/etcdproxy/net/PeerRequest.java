package io.github.etcdproxy.net;

import java.net.URI;
import java.time.Duration;

/**
 * A GET request of the core's own, to a peer, a member or a discovery service. Immutable.
 *
 * @param uri where to send it
 * @param timeout bounds the whole exchange, from connecting to the last byte of the body
 */
public record PeerRequest(URI uri, Duration timeout) {}
