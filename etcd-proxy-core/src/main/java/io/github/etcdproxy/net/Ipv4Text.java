package io.github.etcdproxy.net;

import java.math.BigInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Recognizes texts that some resolvers take for an IPv4 address although they are not in its usual form: fewer than
 * four numbers, or octal or hexadecimal ones, as {@code inet_aton} reads them. Pure functions.
 */
final class Ipv4Text {
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern USUAL = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");
    private static final Pattern WILDCARD = Pattern.compile("0+(\\.0+){0,3}");
    private static final int MOST_PARTS = 4;

    private Ipv4Text() {}

    /** Whether a host in lower case is an IPv4 address, or ends with one in IPv6, in another than the usual form. */
    static boolean isUnusual(String host) {
        if (host.contains(":")) {
            String tail = host.substring(host.lastIndexOf(':') + 1);
            return tail.contains(".") && !USUAL.matcher(tail).matches();
        }
        if (USUAL.matcher(host).matches() || WILDCARD.matcher(host).matches()) {
            return false; // wildcards are recognized in all forms
        }
        String[] parts = host.replaceFirst("\\.$", "").split("\\.", -1);
        return parts.length <= MOST_PARTS
                && Stream.of(parts).allMatch(part -> NUMBER.matcher(part).matches())
                && (parts.length == MOST_PARTS || isInRange(parts[parts.length - 1], parts.length));
    }

    /** Whether the last of some parts fits the bytes that the others leave to it, read in any of its radices. */
    private static boolean isInRange(String last, int parts) {
        int bits = 8 * (MOST_PARTS + 1 - parts);
        if (last.startsWith("0x")) {
            return last.length() == 2 || fits(last.substring(2), 16, bits);
        }
        boolean octal = last.startsWith("0") && !last.contains("8") && !last.contains("9");
        return fits(last, 10, bits) || (octal && fits(last, 8, bits));
    }

    private static boolean fits(String digits, int radix, int bits) {
        return new BigInteger(digits, radix).bitLength() <= bits;
    }
}
