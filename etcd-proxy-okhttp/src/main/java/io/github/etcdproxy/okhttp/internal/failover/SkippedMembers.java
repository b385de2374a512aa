package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import java.util.List;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * A tag of requests of our own: the members that are not asked, since they have refused the request before.
 *
 * @param urls URLs at these members
 */
public record SkippedMembers(List<HttpUrl> urls) {

    /** The members to ask, in order; empty if a request skips them all. */
    public static List<EtcdUrl> removedFrom(List<EtcdUrl> members, Request request) {
        SkippedMembers skipped = request.tag(SkippedMembers.class);
        return skipped == null
                ? members
                : members.stream()
                        .filter(member -> !skipped.contains(HttpUrl.parse(member.toString())))
                        .toList();
    }

    /** Whether a URL is at one of the members. */
    public boolean contains(@Nullable HttpUrl url) {
        return url != null && urls.stream().anyMatch(skipped -> HostRewriter.isSameServer(skipped, url));
    }
}
