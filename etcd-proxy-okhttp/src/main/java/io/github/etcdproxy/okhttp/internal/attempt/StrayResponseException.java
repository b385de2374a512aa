package io.github.etcdproxy.okhttp.internal.attempt;

import java.io.IOException;
import java.io.Serial;

/** What came was no response to the request that had just been sent. */
final class StrayResponseException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    StrayResponseException() {
        super("the member sent a response that was not asked for");
    }
}
