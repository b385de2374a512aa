package io.github.etcdproxy.okhttp.internal.call;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Decides which calls are forwarded, by scheme, host and port. Immutable. */
public final class ListenUrls {
    private static final List<String> THIS_MACHINE = List.of("localhost", "127.0.0.1", "[::1]");

    private final HttpUrl[] urls;

    private ListenUrls(HttpUrl[] urls) {
        this.urls = urls;
    }

    public ListenUrls(List<EtcdUrl> listenClientUrls) {
        this(listenClientUrls.stream()
                .flatMap(
                        url -> url.hasWildcardHost() ? Stream.concat(Stream.of(url), thisMachine(url)) : Stream.of(url))
                // Uses OkHttp's form of the host, so that it can be compared with a call's.
                .map(ListenUrls::toHttpUrl)
                .toArray(HttpUrl[]::new));
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

    /** A URL that both have; null if there is none. */
    public @Nullable HttpUrl commonWith(ListenUrls other) {
        return Stream.of(urls).filter(other::contains).findFirst().orElse(null);
    }

    /** The URLs of both. */
    ListenUrls and(ListenUrls other) {
        return new ListenUrls(
                Stream.concat(Stream.of(urls), Stream.of(other.urls)).toArray(HttpUrl[]::new));
    }

    /**
     * The listen URL that a call which is not forwarded may have meant: one with the same host, but for a trailing dot.
     *
     * @return null if there is none, as for almost every call
     */
    @Nullable
    HttpUrl nearestTo(HttpUrl url) {
        HttpUrl nearest = null;
        for (HttpUrl listen : urls) {
            if (isSameName(listen.host(), url.host()) && (nearest == null || listen.port() == url.port())) {
                nearest = listen;
            }
        }
        return nearest;
    }

    /** The listen URL whose host a resolver's error names first; null if there is none. */
    @Nullable
    HttpUrl namedBy(String error) {
        for (HttpUrl listen : urls) {
            if (error.equals(listen.host()) || error.startsWith(listen.host() + ":")) {
                return listen;
            }
        }
        return null;
    }

    private static boolean isSameName(String one, String other) {
        int longer = one.length() - other.length();
        return switch (longer) {
            case 0 -> one.equals(other);
            case 1 -> one.endsWith(".") && one.startsWith(other);
            case -1 -> other.endsWith(".") && other.startsWith(one);
            default -> false;
        };
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
