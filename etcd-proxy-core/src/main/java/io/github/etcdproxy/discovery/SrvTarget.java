package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The target of one SRV record (RFC 2782).
 *
 * @param priority the lowest is tried first
 * @param weight among targets of equal priority, a greater weight comes first more often
 * @param port the service's port
 * @param host a host name without a trailing dot; empty if the record says that the service is not available
 */
record SrvTarget(int priority, int weight, int port, String host) {

    /** The order in which to try the targets: by priority, and within one by a weighted random draw. */
    static List<SrvTarget> ordered(List<SrvTarget> targets, Random random) {
        List<SrvTarget> left = new ArrayList<>(targets);
        // A draw of zero selects the first target, so that targets of weight zero have a small chance.
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

    /** The URL of the service; empty if the service is not available or the record is unusable. */
    Optional<EtcdUrl> url(String scheme) {
        try {
            return host.isEmpty() ? Optional.empty() : Optional.of(new EtcdUrl(scheme, host, port));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
