/**
 * Where the peers come from. Start at {@link io.github.etcdproxy.discovery.PeerDiscovery}: a one-method interface with a
 * factory for each of etcd's own sources. {@link io.github.etcdproxy.discovery.JoinRequest} registers a node with one of them.
 */
@NullMarked
package io.github.etcdproxy.discovery;

import org.jspecify.annotations.NullMarked;
