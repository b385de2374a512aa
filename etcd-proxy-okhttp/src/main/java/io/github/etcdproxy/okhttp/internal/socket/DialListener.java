package io.github.etcdproxy.okhttp.internal.socket;

import java.io.IOException;

/** Hears of each socket that is dialed for it, and may refuse it before, or close it to end a wait. */
public interface DialListener {

    /**
     * Checks that the server to connect to is one that the call may go to.
     *
     * @throws IOException if a redirect leads to a server that must not see the request
     */
    void requireFollowable() throws IOException;

    /** A socket was made. */
    void opened(MemberSocket socket);
}
