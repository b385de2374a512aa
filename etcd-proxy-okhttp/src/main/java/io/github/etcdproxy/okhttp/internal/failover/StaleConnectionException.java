package io.github.etcdproxy.okhttp.internal.failover;

import java.io.IOException;
import java.io.Serial;

/** A pooled connection turned out to be unusable before anything was sent on it. */
public final class StaleConnectionException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private static final String MESSAGE = "the member closed the idle connection, or sent unsolicited data on it";

    public StaleConnectionException() {
        super(MESSAGE);
    }

    public StaleConnectionException(IOException cause) {
        super(MESSAGE, cause);
    }
}
