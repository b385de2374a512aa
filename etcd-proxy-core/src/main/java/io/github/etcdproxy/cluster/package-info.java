/** The members of a cluster, as one of them reports them: {@link io.github.etcdproxy.cluster.Cluster}. */
@NullMarked
package io.github.etcdproxy.cluster;

import org.jspecify.annotations.NullMarked;
