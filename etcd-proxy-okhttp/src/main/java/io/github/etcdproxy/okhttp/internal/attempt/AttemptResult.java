package io.github.etcdproxy.okhttp.internal.attempt;

import java.io.IOException;
import okhttp3.Response;

/** What came of one attempt. */
sealed interface AttemptResult {

    /**
     * The member responded, with whatever status.
     *
     * @param response as the caller asked for it
     */
    record Answered(Response response) implements AttemptResult {}

    /**
     * The member said that it can't serve at present, though another may.
     *
     * @param response its own words, as the caller asked for them
     */
    record Unavailable(Response response) implements AttemptResult {}

    /**
     * The member gave no response.
     *
     * @param failure what happened
     * @param exception what was thrown
     */
    record Failed(Failure failure, IOException exception) implements AttemptResult {}
}
