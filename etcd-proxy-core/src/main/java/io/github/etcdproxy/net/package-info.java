/**
 * What the other packages speak with: {@link io.github.etcdproxy.net.EtcdUrl} names one peer or client address, {@link
 * io.github.etcdproxy.net.PeerTransport} is the one-method seam behind which an HTTP client stands.
 */
@NullMarked
package io.github.etcdproxy.net;

import org.jspecify.annotations.NullMarked;
