package io.github.etcdproxy.discovery;

import java.io.IOException;
import java.io.Serial;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * DNS returned no peers. The message gives the reason for each name that was looked up.
 *
 * @since 0.1
 */
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
     * Why each lookup failed.
     *
     * @return the failures by name, in lookup order
     */
    public Map<String, Failure> failures() {
        return failures;
    }

    /** Why a lookup returned no usable record. */
    public enum Failure {
        /** NXDOMAIN: the name does not exist. */
        NO_SUCH_DOMAIN,
        /** NODATA: the name has no SRV record. */
        NO_RECORD,
        /** The only target is ".", which says that the service is not available (RFC 2782). */
        NOT_AVAILABLE,
        /** No record names a usable host and port. */
        UNUSABLE,
        /** There are http records, which are not used because the https lookup failed. */
        NOT_TAKEN,
        /** SERVFAIL, REFUSED or another error of the nameserver. */
        SERVER_FAILURE,
        /** No nameserver answered in time. */
        TIMEOUT,
        /** No nameserver could be reached. */
        UNREACHABLE
    }
}
