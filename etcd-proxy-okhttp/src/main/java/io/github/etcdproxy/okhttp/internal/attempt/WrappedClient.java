package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import io.github.etcdproxy.okhttp.internal.http.ViaHeader;
import io.github.etcdproxy.okhttp.internal.socket.MemberNetwork;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.HangDetector;

/**
 * The state shared by the forwarded calls of one wrapped client.
 *
 * @param options the proxy's options
 * @param registry the registry of the members
 * @param hangDetector detects hung members
 * @param via the proxy's {@code Via} entry
 * @param hostRewriter rewrites URLs to those of members
 * @param network the resolver and socket factory
 */
public record WrappedClient(
        ProxyOptions options,
        ClientUrlRegistry registry,
        HangDetector hangDetector,
        ViaHeader via,
        HostRewriter hostRewriter,
        MemberNetwork network) {

    /** Whether it forwards for the same proxy. */
    boolean isOfSameProxy(WrappedClient other) {
        return registry == other.registry();
    }
}
