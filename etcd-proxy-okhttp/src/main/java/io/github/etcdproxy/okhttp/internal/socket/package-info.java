/**
 * Sockets to members. Start at {@link io.github.etcdproxy.okhttp.internal.socket.MemberNetwork}, which sets resolver
 * and socket factory on a client. {@code MemberSockets} makes sockets that can be closed to end a wait; a {@code
 * MemberSocket} keeps its connection alive and notices, by {@code ResponseFraming}, data that was not asked for.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.socket;

import org.jspecify.annotations.NullMarked;
