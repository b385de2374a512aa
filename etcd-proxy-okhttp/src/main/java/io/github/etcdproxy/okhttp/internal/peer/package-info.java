/**
 * How peers, members' client ports and discovery services are reached, for refreshes and probes: {@link
 * io.github.etcdproxy.okhttp.internal.peer.OkHttpPeerTransport}.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.peer;

import org.jspecify.annotations.NullMarked;
