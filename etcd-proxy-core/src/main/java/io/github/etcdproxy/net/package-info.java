/**
 * URLs and HTTP requests for the other packages: {@link io.github.etcdproxy.net.EtcdUrl} is one peer or client URL,
 * {@link io.github.etcdproxy.net.PeerTransport} is the one-method interface to an HTTP client.
 */
@NullMarked
package io.github.etcdproxy.net;

import org.jspecify.annotations.NullMarked;
