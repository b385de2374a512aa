package io.github.etcdproxy.discovery;

import java.io.IOException;
import java.io.Serial;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** DNS named no peer. The message says why for each name that was looked up. */
public final class DnsSrvException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Serializable, as its values are. */
    @SuppressWarnings("serial")
    private final Map<String, Failure> failures;

    DnsSrvException(List<SrvAnswer> answers) {
        super(answers.stream()
                .map(answer -> answer.name() + ": " + answer.problem())
                .collect(Collectors.joining("; ")));
        Map<String, Failure> byName = new LinkedHashMap<>();
        answers.forEach(
                answer -> byName.put(answer.name(), Objects.requireNonNullElse(answer.failure(), Failure.UNUSABLE)));
        failures = Collections.unmodifiableMap(byName);
    }

    /**
     * Why each name was of no use.
     *
     * @return the failures in the order in which the names count
     */
    public Map<String, Failure> failures() {
        return failures;
    }

    /** Why a lookup brought nothing. */
    public enum Failure {
        /** NXDOMAIN: there is no such name. */
        NO_SUCH_DOMAIN,
        /** NODATA: the name has no SRV record. */
        NO_RECORD,
        /** The only target is ".", which says that the service is not available (RFC 2782). */
        NOT_AVAILABLE,
        /** The records name hosts or ports that can't be meant. */
        UNUSABLE,
        /** There are records, which are http, while the lookup of the https ones has failed. */
        NOT_TAKEN,
        /** SERVFAIL, REFUSED or another error of the nameserver. */
        SERVER_FAILURE,
        /** No nameserver answered in time. */
        TIMEOUT,
        /** No nameserver could be reached. */
        UNREACHABLE
    }
}
