package io.github.etcdproxy.okhttp.internal.attempt;

import java.io.IOException;
import java.io.Serial;

/** The received response does not belong to the request that was just sent. */
final class StrayResponseException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    StrayResponseException() {
        super("the member sent an unsolicited response");
    }
}
