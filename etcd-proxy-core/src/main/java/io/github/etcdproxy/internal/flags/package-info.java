/**
 * What etcd's flags mean wherever they are used: {@link io.github.etcdproxy.internal.flags.EtcdVariable} names their
 * environment variables, and {@link io.github.etcdproxy.internal.flags.NewMember} validates those that name a member.
 */
@NullMarked
package io.github.etcdproxy.internal.flags;

import org.jspecify.annotations.NullMarked;
