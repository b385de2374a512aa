package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What one SRV record names (RFC 2782).
 *
 * @param priority the lowest comes first
 * @param weight among targets of one priority, the greater, the more often first
 * @param port where the service listens
 * @param host a host name, without a dot at its end; empty where the record says that the service is not available
 */
record SrvTarget(int priority, int weight, int port, String host) {

    /** The order in which to try the targets: by priority, and within one by a draw in which weights count. */
    static List<SrvTarget> ordered(List<SrvTarget> targets, Random random) {
        List<SrvTarget> left = new ArrayList<>(targets);
        // Where the draw is zero, the first one wins: those without weight must have a small chance.
        left.sort(Comparator.comparingInt(SrvTarget::priority).thenComparingInt(SrvTarget::weight));
        List<SrvTarget> ordered = new ArrayList<>();
        while (!left.isEmpty()) {
            int priority = left.get(0).priority();
            List<SrvTarget> peers = left.stream()
                    .filter(target -> target.priority() == priority)
                    .toList();
            int sum = peers.stream().mapToInt(SrvTarget::weight).sum();
            int draw = random.nextInt(sum + 1);
            int drawn = 0;
            for (int running = peers.get(0).weight();
                    running < draw;
                    running += peers.get(drawn).weight()) {
                drawn++;
            }
            ordered.add(left.remove(drawn));
        }
        return ordered;
    }

    /** The URL of the service; empty if it is not available there, or the record can't be meant. */
    Optional<EtcdUrl> url(String scheme) {
        try {
            return host.isEmpty() ? Optional.empty() : Optional.of(new EtcdUrl(scheme, host, port));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
