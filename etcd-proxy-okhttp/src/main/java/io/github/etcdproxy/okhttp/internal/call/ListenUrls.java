package io.github.etcdproxy.okhttp.internal.call;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.stream.Stream;
import okhttp3.HttpUrl;

/** Decides which calls are forwarded, by scheme, host and port. Immutable. */
public final class ListenUrls {
    private static final List<String> THIS_MACHINE = List.of("localhost", "127.0.0.1", "[::1]");

    private final HttpUrl[] urls;

    public ListenUrls(List<EtcdUrl> listenClientUrls) {
        urls = listenClientUrls.stream()
                .flatMap(
                        url -> url.hasWildcardHost() ? Stream.concat(Stream.of(url), thisMachine(url)) : Stream.of(url))
                // Uses OkHttp's form of the host, so that it can be compared with a call's.
                .map(ListenUrls::toHttpUrl)
                .toArray(HttpUrl[]::new);
    }

    private static Stream<EtcdUrl> thisMachine(EtcdUrl wildcard) {
        return THIS_MACHINE.stream().map(host -> EtcdUrl.of(wildcard.scheme() + "://" + host + ":" + wildcard.port()));
    }

    private static HttpUrl toHttpUrl(EtcdUrl url) {
        try {
            return HttpUrl.get(url.toString());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "listen-client-urls: \"" + url + "\": OkHttp does not accept it as a URL (" + e.getMessage()
                            + "): name the URL that the application calls",
                    e);
        }
    }

    boolean contains(HttpUrl url) {
        for (HttpUrl listen : urls) {
            if (listen.port() == url.port()
                    && listen.scheme().equals(url.scheme())
                    && listen.host().equals(url.host())) {
                return true;
            }
        }
        return false;
    }
}
