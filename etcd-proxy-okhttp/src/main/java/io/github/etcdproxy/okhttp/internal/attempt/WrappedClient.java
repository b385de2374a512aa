package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.http.MemberUrls;
import io.github.etcdproxy.okhttp.internal.http.Via;
import io.github.etcdproxy.okhttp.internal.socket.MemberNetwork;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.HangDetector;

/**
 * What all forwarded calls of one wrapped client share.
 *
 * @param options the proxy's options
 * @param registry the members to which it forwards
 * @param hangDetector finds members hung on which its calls wait
 * @param via the mark of the proxy
 * @param urls the members' URLs in OkHttp's form
 * @param network how its calls reach the members
 */
public record WrappedClient(
        ProxyOptions options,
        ClientUrlRegistry registry,
        HangDetector hangDetector,
        Via via,
        MemberUrls urls,
        MemberNetwork network) {

    /** Whether it forwards for the same proxy. */
    boolean isOfSameProxy(WrappedClient other) {
        return registry == other.registry();
    }
}
