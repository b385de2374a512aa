/** The names of etcd's flags as environment variables: {@link io.github.etcdproxy.internal.flags.EtcdVariable}. */
@NullMarked
package io.github.etcdproxy.internal.flags;

import org.jspecify.annotations.NullMarked;
