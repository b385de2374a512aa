/**
 * A cluster to try things on. {@link io.github.etcdproxy.examples.cluster.EtcdCluster} is what both kinds have in
 * common: {@link io.github.etcdproxy.examples.cluster.InProcessCluster} needs nothing but this JVM, {@link
 * io.github.etcdproxy.examples.cluster.ProcessCluster} starts real {@code etcd} processes.
 */
@NullMarked
package io.github.etcdproxy.examples.cluster;

import org.jspecify.annotations.NullMarked;
