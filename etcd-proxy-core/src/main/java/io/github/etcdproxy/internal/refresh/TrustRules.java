package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.internal.failure.ShortList;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides which advertised client URLs are used, and maps them.
 *
 * @param httpsOnly whether the application uses https; then plain http URLs are dropped
 * @param rule the user's rule, which is applied first
 */
record TrustRules(boolean httpsOnly, Function<EtcdUrl, Optional<EtcdUrl>> rule) {

    /** Each may cost a call a dial timeout. etcd clusters have at most seven members, of few URLs each. */
    static final int MOST_URLS = 100;

    static TrustRules of(ProxyOptions options) {
        return new TrustRules(
                options.listenClientUrls().stream().anyMatch(url -> url.scheme().equals("https")),
                options.clientUrlRule());
    }

    /**
     * The judgment of the URLs that a cluster advertises.
     *
     * @param cluster the cluster
     * @param trusted those that are used, at most a hundred; may be empty
     * @param dropped why each of the others is dropped, as text; empty if there are none
     */
    record Judgment(Cluster cluster, List<EtcdUrl> trusted, String dropped) {

        /** Why the response is unusable; empty if there is a trusted URL. */
        Optional<String> objection() {
            if (!trusted.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    dropped.isEmpty()
                            ? "answered, but no member has published a client URL yet"
                            : "answered, but no client URL can be used: " + dropped);
        }
    }

    Judgment judge(Cluster cluster) {
        Set<EtcdUrl> trusted = new LinkedHashSet<>();
        Map<EtcdUrl, String> dropped = new LinkedHashMap<>();
        List<EtcdUrl> all = inTurn(cluster);
        int judged = 0;
        for (EtcdUrl advertised : all) {
            if (trusted.size() == MOST_URLS) {
                break;
            }
            judged++;
            try {
                Optional<EtcdUrl> url =
                        Objects.requireNonNull(rule.apply(advertised), "the client URL rule returned null");
                String objection =
                        url.isEmpty() ? "is dropped by the client URL rule" : objection(url.get(), cluster.source());
                if (objection == null) {
                    trusted.add(url.get());
                } else {
                    dropped.put(url.orElse(advertised), objection);
                }
            } catch (Exception | Error e) { // user code may throw anything, in Kotlin undeclared exceptions, too
                dropped.put(advertised, "is dropped, since the client URL rule threw " + e);
            }
        }
        List<String> reasons = new ArrayList<>();
        if (judged < all.size()) {
            reasons.add("the other " + (all.size() - judged) + " of " + all.size()
                    + " advertised URLs are left out: at most " + MOST_URLS + " are used");
        }
        dropped.forEach((url, reason) -> reasons.add(url + " " + reason));
        reasons.addAll(cluster.unusableUrls());
        return new Judgment(cluster, List.copyOf(trusted), ShortList.join(reasons, "; "));
    }

    /** The client URLs, by turns of the members if they are too many, so that each member has one that is used. */
    private static List<EtcdUrl> inTurn(Cluster cluster) {
        List<EtcdUrl> urls = cluster.clientUrls();
        if (urls.size() <= MOST_URLS) {
            return urls;
        }
        Set<EtcdUrl> ordered = new LinkedHashSet<>();
        Queue<Iterator<EtcdUrl>> turns = new ArrayDeque<>();
        cluster.members().stream()
                .filter(member -> !member.learner())
                .map(Member::clientUrls)
                .forEach(ofMember -> turns.add(ofMember.iterator()));
        for (Iterator<EtcdUrl> next = turns.poll(); next != null; next = turns.poll()) {
            if (next.hasNext()) {
                ordered.add(next.next());
                turns.add(next);
            }
        }
        return List.copyOf(ordered);
    }

    private @Nullable String objection(EtcdUrl url, EtcdUrl peer) {
        if (url.hasWildcardHost()) {
            return "is a wildcard address, which only says where the member listens: start the member with an"
                    + " --advertise-client-urls that its clients can reach";
        }
        if (url.scheme().equals("https")) {
            return null;
        }
        if (httpsOnly) {
            return "is plain http, but a listen client URL is https: start the member with https"
                    + " --advertise-client-urls";
        }
        if (peer.scheme().equals("https")) {
            return "is plain http, but the peer " + peer + " that named it is https: start the member with https"
                    + " --advertise-client-urls, or name the client URLs as the source (client endpoints)";
        }
        return null;
    }
}
