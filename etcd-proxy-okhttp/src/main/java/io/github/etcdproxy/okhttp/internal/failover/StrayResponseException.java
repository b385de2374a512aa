package io.github.etcdproxy.okhttp.internal.failover;

import java.io.IOException;
import java.io.Serial;

/** The received response does not belong to the request that was just sent. */
public final class StrayResponseException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    public StrayResponseException() {
        super("the member sent an unsolicited response");
    }
}
