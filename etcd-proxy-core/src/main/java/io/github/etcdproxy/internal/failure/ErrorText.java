package io.github.etcdproxy.internal.failure;

import io.github.etcdproxy.internal.failure.FailureHint.Server;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Formats the reason of a failed exchange as one line for operators. */
public final class ErrorText {

    private static final int LONGEST_LINE = 2000;

    /** C1 controls, and characters that can't be seen but end a line or reorder what is around them. */
    private static final Pattern UNSEEN = Pattern.compile("[\\x80-\\x9f\\p{Cf}\\p{Zl}\\p{Zp}]");

    /** What the JDK says: the name alone, or with the system's words behind it. */
    private static final Pattern STARTS_WITH_NAME =
            Pattern.compile("[^\\s:]+(: (?!not resolved within).*)?", Pattern.DOTALL);

    private ErrorText() {}

    /**
     * The message of an exception, with its cause if that says more, and with a hint for certificate errors.
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
        if (OpenFileLimit.isReached(failure)) {
            return line("this process has too many files open: raise its limit (ulimit -n), or look for a leak ("
                    + reason + ")");
        }
        String through = CauseChain.find(failure, ThroughHttpProxyException.class)
                .map(proxy -> proxy.getMessage() + ": ")
                .orElse("");
        return line(through
                + TlsFailure.explain(failure)
                        .map(explained -> "TLS: " + explained + " (" + reason + ")")
                        .orElse(reason.toString()));
    }

    /**
     * The reason of a failed exchange, with a hint at the mistake that may have led to it.
     *
     * @param failure what was thrown by an exchange on a new connection
     * @param server the kind of server that was to be reached
     * @param https whether its URL is an https URL
     * @return as {@link #of(Throwable)}
     */
    public static String of(Throwable failure, Server server, boolean https) {
        String reason = of(failure);
        return FailureHint.of(failure, server, https)
                .map(hint -> reason + ": " + hint)
                .orElse(reason);
    }

    /**
     * Formats a text from an external source as one line.
     *
     * @param text any text
     * @return cut after two thousand characters, with white space and control characters replaced by a space, other
     *     invisible characters escaped, and without the user information of URLs
     */
    public static String line(String text) {
        String controlled = Redaction.ofUrls(text).replaceAll("[\\s\\p{Cntrl}]+", " ");
        String line = UNSEEN.matcher(controlled)
                .replaceAll(unseen -> String.format("\\\\u%04x", unseen.group().codePointAt(0)));
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        if (failure instanceof UnknownHostException
                && STARTS_WITH_NAME.matcher(message).matches()) {
            return "unknown host " + message;
        }
        return failure instanceof SocketTimeoutException ? "timed out: " + message : message;
    }
}
