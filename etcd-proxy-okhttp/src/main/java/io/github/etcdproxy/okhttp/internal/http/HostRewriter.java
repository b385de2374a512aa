package io.github.etcdproxy.okhttp.internal.http;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the caller's URL to a member's, and back for the response. OkHttp derives the {@code Host} header from the
 * URL unless the caller set one, so a member gets its own, as host whitelists demand.
 *
 * <p>Building a URL is the most expensive part of forwarding a call, so the last ones are cached. Thread safe.
 */
public final class HostRewriter {
    private static final int SERVERS = 100;
    private static final int KEPT = 256; // a power of two
    private static final int LONGEST_KEPT = 1024;

    /** OkHttp's form of each client URL seen so far. */
    private final Map<EtcdUrl, HttpUrl> servers = new ConcurrentHashMap<>();

    /** The URLs built last, indexed by hash; a new one replaces the one in its place. */
    private final AtomicReferenceArray<@Nullable Kept> kept = new AtomicReferenceArray<>(KEPT);

    private record Kept(EtcdUrl member, HttpUrl url, HttpUrl atMember) {}

    /** The same resource at a member. */
    public HttpUrl urlAt(EtcdUrl member, HttpUrl url) throws IOException {
        int hash = 31 * member.port() + url.hashCode();
        int place = (hash ^ (hash >>> 16)) & (KEPT - 1);
        Kept before = kept.get(place);
        if (before != null && before.url().equals(url) && before.member().equals(member)) {
            return before.atMember();
        }
        HttpUrl atMember = build(member, url);
        if (url.toString().length() <= LONGEST_KEPT) {
            kept.set(place, new Kept(member, url, atMember));
        }
        return atMember;
    }

    /** Path and query are copied; the host, the expensive part, is parsed once. */
    private HttpUrl build(EtcdUrl member, HttpUrl url) throws IOException {
        HttpUrl server = servers.get(member);
        if (server == null) {
            try {
                server = HttpUrl.get(member.toString());
            } catch (IllegalArgumentException e) {
                throw new IOException("OkHttp takes " + member + " for no URL: " + e.getMessage(), e);
            }
            if (servers.size() >= SERVERS) {
                servers.clear(); // may hold former members
            }
            servers.put(member, server);
        }
        return server.newBuilder()
                .encodedPath(url.encodedPath())
                .encodedQuery(url.encodedQuery())
                .build();
    }

    /**
     * The caller's request, at the caller's URL, for the response. The member's URL remains in {@code networkResponse}.
     */
    public static Request asAsked(Response response, Request asked, Request sent, ViaHeader via) {
        if (response.priorResponse() == null) {
            return asked;
        }
        Request last = response.request();
        if (!isSameServer(last.url(), sent.url())) {
            return last;
        }
        // A redirect of the member was followed, or its challenge answered.
        Headers.Builder headers = last.headers().newBuilder();
        via.removeFrom(headers); // so that it can be asked again
        return last.newBuilder()
                .url(movedTo(last.url(), asked.url()))
                .headers(headers.build())
                .build();
    }

    public static boolean isSameServer(HttpUrl a, HttpUrl b) {
        return a.port() == b.port() && a.scheme().equals(b.scheme()) && a.host().equals(b.host());
    }

    private static HttpUrl movedTo(HttpUrl url, HttpUrl server) {
        return url.newBuilder()
                .scheme(server.scheme())
                .host(server.host())
                .port(server.port())
                .build();
    }
}
