package io.github.etcdproxy.internal.failure;

import java.util.regex.Pattern;

/** Keeps passwords out of logs and messages. Pure functions. */
public final class Redaction {
    private static final Pattern USER_INFORMATION = Pattern.compile("//[^/?#\\s]*@");
    private static final Pattern UP_TO_LAST_AT =
            Pattern.compile("(?<scheme>([A-Za-z][A-Za-z0-9+.-]*:)?/*).*@", Pattern.DOTALL);

    private Redaction() {}

    /**
     * Redacts the URLs in a text.
     *
     * @param text any text
     * @return the text with the user information of each URL replaced by {@code ***}
     */
    public static String ofUrls(String text) {
        return USER_INFORMATION.matcher(text).replaceAll("//***@");
    }

    /**
     * Redacts a text that should be a URL but may be anything, with a password anywhere before an {@code @}.
     *
     * @param text any text
     * @return the text with everything before its last {@code @}, except for a scheme, replaced by {@code ***}
     */
    public static String upToLastAt(String text) {
        return UP_TO_LAST_AT.matcher(text).replaceFirst("${scheme}***@");
    }
}
