package io.github.etcdproxy.internal.failure;

import java.net.SocketException;

/**
 * Recognizes failures caused by the limit on open files of this process or machine, which say nothing about a member.
 * The text is that of {@code strerror} for EMFILE and ENFILE in the C locale. Pure functions.
 */
public final class OpenFileLimit {
    private static final String TEXT = "Too many open files";

    private OpenFileLimit() {}

    /**
     * Whether a socket could not be created because of the limit.
     *
     * @param failure the exception
     * @return true if it or one of its causes says so
     */
    public static boolean isReached(Throwable failure) {
        return CauseChain.find(failure, OpenFileLimit::isLimit).isPresent();
    }

    private static boolean isLimit(Throwable failure) {
        String message = failure.getMessage();
        return failure instanceof SocketException && message != null && message.contains(TEXT);
    }
}
