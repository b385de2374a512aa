package io.github.etcdproxy.internal.failure;

import java.io.IOException;
import java.io.Serial;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.List;

/**
 * Says that a failed connection was to go through an HTTP proxy, whose address the failure's message has instead of the
 * server's. It is suppressed in that failure, so that the failure keeps its type.
 */
public final class ThroughHttpProxyException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private static final List<String> PROPERTIES = List.of("http.proxyHost", "https.proxyHost");

    private ThroughHttpProxyException(String message) {
        super(message);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this; // it is a remark
    }

    /**
     * Adds the remark to a failure.
     *
     * @param failure what was thrown while connecting
     * @param proxies the proxies that were tried; nothing is added if there is no HTTP proxy among them
     * @param origin who has set the proxy; empty if that is the client or the system's properties
     */
    public static void remark(Throwable failure, List<Proxy> proxies, String origin) {
        proxies.stream()
                .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
                .findFirst()
                .ifPresent(proxy -> {
                    InetSocketAddress address = (InetSocketAddress) proxy.address();
                    failure.addSuppressed(new ThroughHttpProxyException(
                            "through the HTTP proxy " + address.getHostString() + ":" + address.getPort() + ", set by "
                                    + (origin.isEmpty() ? originOf(address.getHostString()) : origin)));
                });
    }

    private static String originOf(String host) {
        return PROPERTIES.stream()
                .filter(property -> host.equals(System.getProperty(property)))
                .findFirst()
                .map(property -> "the system property " + property)
                .orElse("the client");
    }
}
