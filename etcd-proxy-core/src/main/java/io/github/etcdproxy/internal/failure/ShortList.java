package io.github.etcdproxy.internal.failure;

import java.util.Collection;
import java.util.Iterator;

/** Shortens lists that a peer, a nameserver or a discovery service can make as long as it likes. Pure functions. */
public final class ShortList {
    /** More than a cluster has members; etcd recommends at most seven. */
    private static final int MOST = 10;

    private ShortList() {}

    /**
     * Joins the first items.
     *
     * @param items any number of items
     * @param delimiter separates the items
     * @return the first ten, and the number of the others: {@code a, b and 950 more}
     */
    public static String join(Collection<?> items, String delimiter) {
        return join(items.iterator(), items.size(), delimiter);
    }

    /**
     * Joins the first items of a list of which only a part is at hand.
     *
     * @param items the items at hand
     * @param all the number of all items
     * @param delimiter separates the items
     * @return the first ten, and the number of the others
     */
    public static String join(Collection<?> items, int all, String delimiter) {
        return join(items.iterator(), all, delimiter);
    }

    private static String join(Iterator<?> items, int all, String delimiter) {
        StringBuilder joined = new StringBuilder();
        int count = 0;
        for (; count < MOST && items.hasNext(); count++) {
            joined.append(count == 0 ? "" : delimiter).append(items.next());
        }
        return count == all ? joined.toString() : joined + " and " + (all - count) + " more";
    }
}
