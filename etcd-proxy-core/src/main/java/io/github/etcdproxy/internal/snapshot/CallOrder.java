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
 * The order in which a call tries the members. All calls go to the first until it fails.
 *
 * <p>No member is removed: those that are down come last, ordered by the time of their next probe, so that a call has a
 * chance even if all are down. The others keep their places, so a late failure moves only the failed member, not the
 * one that calls go to meanwhile. A member that comes back is placed behind the others.
 */
final class CallOrder {

    private CallOrder() {}

    /** A new order for a new list of members. */
    static List<EtcdUrl> shuffled(Collection<EtcdUrl> urls, Map<EtcdUrl, Outage> down, Random random) {
        List<EtcdUrl> order = new ArrayList<>(urls);
        Collections.shuffle(order, random);
        return downLast(order, down);
    }

    /** The order after a member went down or came back. */
    static List<EtcdUrl> downLast(List<EtcdUrl> order, Map<EtcdUrl, Outage> down) {
        List<EtcdUrl> arranged = new ArrayList<>(order);
        if (!down.isEmpty()) {
            // Ticker readings may overflow; only differences can be compared.
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
