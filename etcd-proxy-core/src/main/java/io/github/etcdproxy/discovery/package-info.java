/**
 * Sources of peers. Start at {@link io.github.etcdproxy.discovery.PeerDiscovery}: a one-method interface with a factory
 * for each of etcd's own sources. {@link io.github.etcdproxy.discovery.JoinRequest} registers a node with a discovery
 * token.
 */
@NullMarked
package io.github.etcdproxy.discovery;

import org.jspecify.annotations.NullMarked;
