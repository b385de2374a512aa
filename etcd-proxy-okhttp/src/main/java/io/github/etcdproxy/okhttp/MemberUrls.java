package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;

/** Turns the caller's URL into a member's, and back. Thread safe. */
final class MemberUrls {
    private static final int MANY = 100;

    /** OkHttp's form of each client URL seen so far. */
    private final Map<EtcdUrl, HttpUrl> servers = new ConcurrentHashMap<>();

    /** The same resource at a member. Path and query are taken as they are; the host, the costly part, is read once. */
    HttpUrl at(EtcdUrl member, HttpUrl url) throws IOException {
        HttpUrl server = servers.get(member);
        if (server == null) {
            try {
                server = HttpUrl.get(member.toString());
            } catch (IllegalArgumentException e) {
                throw new IOException("OkHttp takes " + member + " for no URL: " + e.getMessage(), e);
            }
            if (servers.size() >= MANY) {
                servers.clear(); // members that have gone
            }
            servers.put(member, server);
        }
        return server.newBuilder()
                .encodedPath(url.encodedPath())
                .encodedQuery(url.encodedQuery())
                .build();
    }

    /** The response as the caller asked for it: at its own URL. The member's still stands in {@code networkResponse}. */
    static Response restore(Response response, Request asked, Request sent, Via via) {
        Request last = response.request();
        if (response.priorResponse() == null) {
            last = asked;
        } else if (isSameServer(last.url(), sent.url())) {
            // The member's own redirect was followed, or its challenge answered.
            Headers.Builder headers = last.headers().newBuilder();
            via.removeFrom(headers); // so that it can be asked again
            last = last.newBuilder()
                    .url(movedTo(last.url(), asked.url()))
                    .headers(headers.build())
                    .build();
        }
        return response.newBuilder().request(last).build();
    }

    static boolean isSameServer(HttpUrl a, HttpUrl b) {
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
