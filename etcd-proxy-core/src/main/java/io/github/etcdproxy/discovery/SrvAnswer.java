package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.ShortList;
import java.util.List;

/**
 * The result of looking up the SRV records of one name.
 *
 * @param name the name
 * @param targets the targets; empty if there are none
 * @param failure why there are none, as text; empty if there are some
 * @param result what the nameserver said
 */
record SrvAnswer(String name, List<SrvTarget> targets, String failure, Result result) {

    /** What is known about the records of a name. */
    enum Result {
        FOUND,
        /** There are none. */
        NOT_FOUND,
        /** There are some, which are of no use. */
        UNUSABLE,
        /** There may be some, although none were found. */
        INCONCLUSIVE
    }

    static SrvAnswer of(String name, List<SrvTarget> targets) {
        if (targets.isEmpty()) {
            return notFound(name, "the name has no SRV record (NODATA)");
        }
        if (targets.stream().allMatch(target -> target.host().isEmpty())) { // RFC 2782
            return without(name, "the service is declared not available (target \".\")");
        }
        return new SrvAnswer(name, targets, "", Result.FOUND);
    }

    /** The nameserver says that there is no record. */
    static SrvAnswer notFound(String name, String why) {
        return new SrvAnswer(name, List.of(), why, Result.NOT_FOUND);
    }

    private static SrvAnswer without(String name, String why) {
        return new SrvAnswer(name, List.of(), why, Result.UNUSABLE);
    }

    /** No nameserver gave a usable response. */
    static SrvAnswer inconclusive(String name, String why) {
        return new SrvAnswer(name, List.of(), why, Result.INCONCLUSIVE);
    }

    boolean isNotFound() {
        return result == Result.NOT_FOUND;
    }

    boolean isInconclusive() {
        return result == Result.INCONCLUSIVE;
    }

    /** The failure as text, also if the targets are unusable. */
    String problem() {
        return !failure.isEmpty()
                ? failure
                : "no record has a usable host and port, but "
                        + ShortList.join(
                                targets.stream()
                                        .map(target -> "\"" + target.host() + "\" port " + target.port())
                                        .toList(),
                                ", ");
    }

    /** The result for http records when the https lookup failed. */
    SrvAnswer notTaken() {
        return without(name, "its records are not used until it is known whether there are https ones");
    }
}
