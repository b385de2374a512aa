/**
 * {@code etcd --proxy on} as a process again, for clients that are not JVMs. Start at {@link
 * io.github.etcdproxy.examples.sidecar.Sidecar}; requests are handled in {@link
 * io.github.etcdproxy.examples.sidecar.Forwarding}.
 */
@NullMarked
package io.github.etcdproxy.examples.sidecar;

import org.jspecify.annotations.NullMarked;
