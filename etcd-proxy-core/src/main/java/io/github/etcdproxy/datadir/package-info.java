/** What outlives the process: {@link io.github.etcdproxy.datadir.DataDir}, in etcd's own format. */
@NullMarked
package io.github.etcdproxy.datadir;

import org.jspecify.annotations.NullMarked;
