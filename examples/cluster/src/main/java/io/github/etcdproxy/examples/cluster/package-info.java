/**
 * Clusters for tests and examples. {@link io.github.etcdproxy.examples.cluster.EtcdCluster} is the common interface:
 * {@link io.github.etcdproxy.examples.cluster.InProcessCluster} runs inside this JVM, {@link
 * io.github.etcdproxy.examples.cluster.ProcessCluster} starts real {@code etcd} processes.
 */
@NullMarked
package io.github.etcdproxy.examples.cluster;

import org.jspecify.annotations.NullMarked;
