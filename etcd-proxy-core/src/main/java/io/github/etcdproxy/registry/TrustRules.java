package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which advertised client URLs calls may be sent to.
 *
 * @param httpsOnly whether the application believes to speak https: then plain http would betray it
 */
record TrustRules(boolean httpsOnly) {

    static TrustRules of(List<EtcdUrl> listenClientUrls) {
        return new TrustRules(
                listenClientUrls.stream().anyMatch(url -> url.scheme().equals("https")));
    }

    /** Why a peer's answer is of no use at all; empty where it brings a URL. */
    Optional<String> objection(Cluster cluster) {
        List<EtcdUrl> advertised = cluster.clientUrls();
        if (advertised.isEmpty()) {
            return Optional.of("answered, but no member has published a client URL yet");
        }
        return trusted(advertised).isEmpty()
                ? Optional.of("answered, but no client URL can be used: " + objections(advertised))
                : Optional.empty();
    }

    List<EtcdUrl> trusted(List<EtcdUrl> advertised) {
        return advertised.stream().filter(url -> objection(url) == null).toList();
    }

    /** Why each URL that is not trusted is dropped; empty where none is. */
    String objections(List<EtcdUrl> advertised) {
        Map<EtcdUrl, String> objections = new LinkedHashMap<>();
        for (EtcdUrl url : advertised) {
            String objection = objection(url);
            if (objection != null) {
                objections.put(url, objection);
            }
        }
        return objections.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining("; "));
    }

    private @Nullable String objection(EtcdUrl url) {
        if (url.isWildcard()) {
            return "is a wildcard address, which only says where the member listens: start the member with an"
                    + " --advertise-client-urls that its clients can reach";
        }
        if (httpsOnly && url.scheme().equals("http")) {
            return "is plain http, but a listen client URL is https: start the member with https"
                    + " --advertise-client-urls";
        }
        return null;
    }
}
