/** Stores what survives a restart, in etcd's format. Start at {@link io.github.etcdproxy.internal.datadir.DataDir}. */
@NullMarked
package io.github.etcdproxy.internal.datadir;

import org.jspecify.annotations.NullMarked;
