package io.github.etcdproxy.internal.snapshot;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * The order in which a call tries the members. The first is where all calls go, until it fails.
 *
 * <p>Nobody is ever taken out: members that are down come last, the one nearest to its probe first of them, so that a call
 * still has a chance when all are down. Because the rest keep their places, a member that fails late moves itself only and
 * can't push away the one to which the calls have gone meanwhile; one that comes back does so behind the others.
 */
final class CallOrder {

    private CallOrder() {}

    /** A new order for a new list of members. */
    static List<EtcdUrl> shuffled(Collection<EtcdUrl> urls, Map<EtcdUrl, Outage> down, Random random) {
        List<EtcdUrl> order = new ArrayList<>(urls);
        Collections.shuffle(order, random);
        return downLast(order, down);
    }

    /** The present order after somebody went down or came back. */
    static List<EtcdUrl> downLast(List<EtcdUrl> order, Map<EtcdUrl, Outage> down) {
        List<EtcdUrl> arranged = new ArrayList<>(order);
        if (!down.isEmpty()) {
            // Readings of a ticker may overflow; only their differences can be compared.
            Comparator<EtcdUrl> nearestFirst = (a, b) ->
                    Long.signum(outage(down, a).retryAt() - outage(down, b).retryAt());
            arranged.removeIf(down::containsKey);
            order.stream().filter(down::containsKey).sorted(nearestFirst).forEach(arranged::add);
        }
        return List.copyOf(arranged);
    }

    private static Outage outage(Map<EtcdUrl, Outage> down, EtcdUrl url) {
        return Objects.requireNonNull(down.get(url));
    }
}
