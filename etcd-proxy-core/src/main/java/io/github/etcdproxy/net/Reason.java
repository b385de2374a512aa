package io.github.etcdproxy.net;

import java.net.SocketTimeoutException;

/** Says in one line, fit for an operator, why an exchange failed. */
public final class Reason {

    private Reason() {}

    /**
     * The message of an exception, with what caused it where that says more.
     *
     * @param failure what was thrown
     * @return never empty; without line breaks, and without the user information of URLs
     */
    public static String of(Throwable failure) {
        StringBuilder reason = new StringBuilder(message(failure));
        Throwable cause = failure.getCause();
        if (cause != null && cause.getMessage() != null && !reason.toString().contains(cause.getMessage())) {
            reason.append(" (").append(message(cause)).append(')');
        }
        return EtcdUrl.redact(reason.toString()).replaceAll("\\s+", " ");
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return failure instanceof SocketTimeoutException ? "timed out: " + message : message;
    }
}
