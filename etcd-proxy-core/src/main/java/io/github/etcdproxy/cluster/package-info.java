/**
 * Who is in the cluster. {@link io.github.etcdproxy.cluster.MembersClient} asks the peers, one after the other, and gives
 * the first good answer as a {@link io.github.etcdproxy.cluster.Cluster}.
 */
@NullMarked
package io.github.etcdproxy.cluster;

import org.jspecify.annotations.NullMarked;
