/**
 * Asks etcd about its members. {@link io.github.etcdproxy.internal.members.MembersClient} asks the peers one after
 * the other; {@link io.github.etcdproxy.internal.members.MemberProbe} finds out whether one member is alive.
 */
@NullMarked
package io.github.etcdproxy.internal.members;

import org.jspecify.annotations.NullMarked;
