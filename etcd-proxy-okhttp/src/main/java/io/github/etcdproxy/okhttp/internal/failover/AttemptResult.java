package io.github.etcdproxy.okhttp.internal.failover;

import java.io.IOException;
import okhttp3.Response;

/** The result of one attempt. */
public sealed interface AttemptResult {

    /**
     * The member responded, with any status.
     *
     * @param response as the caller asked for it
     */
    record Answered(Response response) implements AttemptResult {}

    /**
     * The member reported that it can't serve now, though another may.
     *
     * @param response the member's response, as the caller asked for it
     */
    record Unavailable(Response response) implements AttemptResult {}

    /**
     * The member processed nothing, since it does not know the request's token, though another may.
     *
     * @param response the member's response, as the caller asked for it
     * @param reason the member's message
     */
    record UnknownToken(Response response, String reason) implements AttemptResult {}

    /**
     * The member gave no response.
     *
     * @param failure what happened
     * @param exception what was thrown
     */
    record Failed(AttemptFailure failure, IOException exception) implements AttemptResult {}
}
