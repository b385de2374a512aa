package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.Redaction;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Peer URLs by member name, in the format of {@code --initial-cluster} and of the values under a discovery token:
 * {@code infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380}.
 *
 * @param peerUrls in the order given; a repeated name has several URLs
 */
record InitialCluster(Map<String, List<EtcdUrl>> peerUrls) {
    private static final String EXAMPLE = "for example infra0=http://10.0.1.10:2380";

    static InitialCluster parse(String initialCluster) {
        Objects.requireNonNull(initialCluster, "initial-cluster: null: write name=URL, " + EXAMPLE);
        Map<String, List<EtcdUrl>> peerUrls = new LinkedHashMap<>();
        for (String item : initialCluster.split(",", -1)) {
            if (!item.isBlank()) {
                parseItem(item.strip(), peerUrls);
            }
        }
        if (peerUrls.isEmpty()) {
            throw new IllegalArgumentException(
                    "initial-cluster: \"" + initialCluster + "\" names no peer: write name=URL, " + EXAMPLE);
        }
        return new InitialCluster(peerUrls);
    }

    private static void parseItem(String item, Map<String, List<EtcdUrl>> peerUrls) {
        int equals = item.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException(
                    "initial-cluster: \"" + Redaction.upToLastAt(item) + "\" has no \"=\": write name=URL, " + EXAMPLE);
        }
        try {
            EtcdUrl url = EtcdUrl.of(item.substring(equals + 1));
            peerUrls.computeIfAbsent(item.substring(0, equals), name -> new ArrayList<>())
                    .add(url);
        } catch (IllegalArgumentException e) {
            // If the name was forgotten, the text before the first "=" may be part of a password.
            String name = item.contains("@") ? "" : item.substring(0, equals) + ": ";
            throw new IllegalArgumentException("initial-cluster: " + name + e.getMessage(), e);
        }
    }

    List<EtcdUrl> urls() {
        return peerUrls.values().stream().flatMap(List::stream).distinct().toList();
    }

    /** The flag's format, with one item per URL. */
    @Override
    public String toString() {
        return peerUrls.entrySet().stream()
                .flatMap(member -> member.getValue().stream().map(url -> member.getKey() + "=" + url))
                .collect(Collectors.joining(","));
    }
}
