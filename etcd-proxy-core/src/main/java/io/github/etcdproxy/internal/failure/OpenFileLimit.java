package io.github.etcdproxy.internal.failure;

import java.net.SocketException;

/**
 * Recognises that this process, or this machine, may open no more files: a fault of nobody but the process itself, which says
 * nothing about a member. The text is that of {@code strerror} for EMFILE and ENFILE in the C locale. Pure functions.
 */
public final class OpenFileLimit {
    private static final String TEXT = "Too many open files";

    private OpenFileLimit() {}

    /**
     * Whether a socket could not be made because of the limit.
     *
     * @param failure what was thrown
     * @return true if it, or what caused it, says so
     */
    public static boolean isReached(Throwable failure) {
        return Causes.find(failure, OpenFileLimit::isLimit).isPresent();
    }

    private static boolean isLimit(Throwable failure) {
        String message = failure.getMessage();
        return failure instanceof SocketException && message != null && message.contains(TEXT);
    }
}
