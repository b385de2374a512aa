package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DnsSrvException.Failure;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What came of looking up the SRV records of one name.
 *
 * @param name the name
 * @param targets what the records name; empty where there are none
 * @param failure why there are none; null where there are some
 * @param detail the same in words; empty where there are some
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

    /** Whether there may be records all the same. */
    boolean isInconclusive() {
        return failure == Failure.SERVER_FAILURE || failure == Failure.TIMEOUT || failure == Failure.UNREACHABLE;
    }

    /** What is wrong with it, in words. */
    String problem() {
        return failure != null
                ? detail
                : "no record names a host and a port that can be meant, but "
                        + targets.stream()
                                .map(target -> "\"" + target.host() + "\" port " + target.port())
                                .collect(Collectors.joining(", "));
    }

    /** What becomes of good http records beside https ones that could not be looked up. */
    SrvAnswer notTaken() {
        return failed(
                name,
                Failure.NOT_TAKEN,
                "its records are not taken as long as it is unknown whether there are https ones");
    }
}
