package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DnsSrvException.Failure;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The result of looking up the SRV records of one name.
 *
 * @param name the name
 * @param targets the targets; empty if there are none
 * @param failure why there are none; null if there are some
 * @param detail the failure as text; empty if there are targets
 */
record SrvAnswer(
        String name, List<SrvTarget> targets, @Nullable Failure failure, String detail) {

    static SrvAnswer of(String name, List<SrvTarget> targets) {
        if (targets.isEmpty()) {
            return failed(name, Failure.NO_RECORD, "the name has no SRV record (NODATA)");
        }
        if (targets.stream().allMatch(target -> target.host().isEmpty())) {
            return failed(name, Failure.NOT_AVAILABLE, "the service is declared not available (target \".\")");
        }
        return new SrvAnswer(name, targets, null, "");
    }

    static SrvAnswer failed(String name, Failure failure, String detail) {
        return new SrvAnswer(name, List.of(), failure, detail);
    }

    /** Whether records may exist although none were found. */
    boolean isInconclusive() {
        return failure == Failure.SERVER_FAILURE || failure == Failure.TIMEOUT || failure == Failure.UNREACHABLE;
    }

    /** The failure as text. */
    String problem() {
        return failure != null
                ? detail
                : "no record has a usable host and port, but "
                        + targets.stream()
                                .map(target -> "\"" + target.host() + "\" port " + target.port())
                                .collect(Collectors.joining(", "));
    }

    /** The result for http records when the https lookup failed. */
    SrvAnswer notTaken() {
        return failed(
                name, Failure.NOT_TAKEN, "its records are not used until it is known whether there are https ones");
    }
}
