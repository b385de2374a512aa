/**
 * Where the peers come from. Start at {@link io.github.etcdproxy.discovery.PeerDiscovery}: a one-method interface with a
 * factory for each of etcd's own sources.
 */
@NullMarked
package io.github.etcdproxy.discovery;

import org.jspecify.annotations.NullMarked;
