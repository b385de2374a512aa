/**
 * Sockets and addresses of members. Start at {@link io.github.etcdproxy.okhttp.internal.socket.MemberNetwork}:
 * {@code BoundedDns} resolves names within the dial timeout, {@code MemberSockets} makes sockets that can be closed
 * to end a wait and that notice what was not asked for.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.socket;

import org.jspecify.annotations.NullMarked;
