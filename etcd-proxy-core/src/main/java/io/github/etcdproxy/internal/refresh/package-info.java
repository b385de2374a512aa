/**
 * Keeps the list of members up to date. Start at {@link io.github.etcdproxy.internal.refresh.RefreshLoop}, which runs
 * {@link io.github.etcdproxy.internal.refresh.MembersRefresh} at the times that {@code RefreshSchedule} gives.
 * {@code PeerLookup} asks the discovery source, {@code ClusterIdRule} and {@code TrustRules} refuse what must not be
 * used, {@code RememberedPeers} writes the data directory.
 */
@NullMarked
package io.github.etcdproxy.internal.refresh;

import org.jspecify.annotations.NullMarked;
