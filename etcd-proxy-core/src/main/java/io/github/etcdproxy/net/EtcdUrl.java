package io.github.etcdproxy.net;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.Redaction;
import java.io.Serial;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A peer URL or client URL of an etcd member: scheme, host and port.
 *
 * <p>The rules are those of etcd's {@code NewURLs} (client/pkg/types/urls.go, 3.5): the scheme is {@code http} or
 * {@code https}, the port is given, the path is empty. Unlike {@link URI}, host names with an underscore, common in
 * container networks, are accepted. User information is dropped, as etcd's proxy does, so that it can't reach a log.
 * IPv6 zone ids are refused, and so are IPv4 addresses in other forms than that of four decimal numbers, which clients
 * read differently.
 *
 * <p>Two values are equal if they differ only in case. Immutable.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a host name, an IPv4 address, or an IPv6 address without brackets
 * @param port from 1 to 65535
 * @since 0.1
 */
public record EtcdUrl(String scheme, String host, int port) implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    private static final Pattern URL =
            Pattern.compile("(?<scheme>[^:/?#]+)://(?:[^/?#]*@)?(?<authority>[^/?#@]*)(?<rest>.*)", Pattern.DOTALL);
    private static final String LABEL = "[A-Za-z0-9_-]{1,63}";
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?:\\[(?<ipv6>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)]|(?<name>" + LABEL + "(?:\\." + LABEL
                    + ")*\\.?)):(?<port>[0-9]{1,5})");

    private static final Pattern WITH_ZONE_ID = Pattern.compile("\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*%.*", Pattern.DOTALL);
    private static final String ZONE_ID =
            "zone ids are not supported: write an address that needs none, or a host name";

    /**
     * Creates a URL from its parts.
     *
     * @throws IllegalArgumentException if a part breaks the rules above
     */
    public EtcdUrl {
        scheme = Objects.requireNonNull(scheme, "scheme").toLowerCase(Locale.ROOT);
        host = Objects.requireNonNull(host, "host").toLowerCase(Locale.ROOT);
        String authority = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        if (host.contains(":") && host.contains("%")) {
            throw invalid(scheme + "://" + authority, ZONE_ID);
        }
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw invalid(scheme + "://" + authority, "the scheme must be http or https");
        }
        if (port < 1 || port > 65535) {
            throw invalid(scheme + "://" + authority, "the port must be from 1 to 65535");
        }
        if (host.length() > 253 || !HOST_AND_PORT.matcher(authority).matches() || !isIpv6OrName(host)) {
            throw invalid(scheme + "://" + authority, "write a host name, an IPv4 address or an [IPv6 address]");
        }
        if (Ipv4Text.isUnusual(host)) {
            throw invalid(scheme + "://" + authority, "write the address in its usual form, for example 127.0.0.1");
        }
    }

    /**
     * Parses a URL such as {@code http://10.0.1.10:2380}; white space around it is ignored.
     *
     * @param text the URL
     * @return its scheme, host and port
     * @throws IllegalArgumentException if the text breaks a rule; the message shows the text, without user information,
     *     and says what to write instead
     */
    public static EtcdUrl of(String text) {
        String trimmed = text.strip();
        Matcher url = URL.matcher(trimmed);
        if (!url.matches()) {
            throw invalid(trimmed, "write scheme://host:port, for example http://10.0.1.10:2379");
        }
        if (!url.group("rest").isEmpty()) {
            throw invalid(trimmed, "must not have a path; end it after the port, without a \"/\"");
        }
        Matcher authority = HOST_AND_PORT.matcher(url.group("authority"));
        if (!authority.matches()) {
            if (WITH_ZONE_ID.matcher(url.group("authority")).matches()) {
                throw invalid(trimmed, ZONE_ID);
            }
            throw invalid(trimmed, "write host:port after the scheme, for example http://10.0.1.10:2379");
        }
        String ipv6 = authority.group("ipv6");
        String host = ipv6 != null ? ipv6 : authority.group("name");
        return new EtcdUrl(url.group("scheme"), host, Integer.parseInt(authority.group("port")));
    }

    /**
     * Parses the URLs given for an option.
     *
     * @param option the option's name, for errors
     * @param lists each a URL or a comma-separated list of URLs
     * @return the URLs, not empty
     * @throws IllegalArgumentException if a URL is malformed, or there is none; the message names the option, shows the
     *     URL and says what to write instead
     */
    public static List<EtcdUrl> parseList(String option, String... lists) {
        String hint = option + ": null: write a URL, for example http://localhost:2379";
        List<EtcdUrl> urls = new ArrayList<>();
        for (String list : Objects.requireNonNull(lists, hint)) {
            for (String url : Objects.requireNonNull(list, hint).split(",", -1)) {
                try {
                    urls.add(of(url));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
                }
            }
        }
        if (urls.isEmpty()) {
            throw new IllegalArgumentException(option + ": none given: write a URL, for example http://localhost:2379");
        }
        return urls;
    }

    private static boolean isIpv6OrName(String host) {
        try {
            // A text with a colon is parsed as an address and never resolved.
            if (host.contains(":")) {
                InetAddress.getByName(host);
            }
            return true;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Whether the host is a wildcard address, at which a server listens but can't be reached.
     *
     * @return true for every form of {@code 0.0.0.0} and {@code [::]}
     */
    public boolean hasWildcardHost() {
        return host.contains(":") ? isAnyLocalAddress(host) : host.matches("0+(\\.0+){0,3}");
    }

    private static boolean isAnyLocalAddress(String ipv6) {
        try {
            return InetAddress.getByName(ipv6).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("was an address when this URL was made", e);
        }
    }

    /**
     * Whether the host is an IP address.
     *
     * @return true for IPv4 and IPv6 addresses
     */
    public boolean hasNumericHost() {
        return host.contains(":") || host.matches("[0-9]+(\\.[0-9]+){3}");
    }

    /**
     * A resource at this URL.
     *
     * @param path an absolute, encoded path, optionally with a query
     * @return the whole URI
     */
    public URI resolve(String path) {
        return URI.create(this + path);
    }

    /** The URL as etcd writes it, for example {@code http://10.0.1.10:2379}. */
    @Override
    public String toString() {
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private static IllegalArgumentException invalid(String text, String hint) {
        return new IllegalArgumentException("\"" + ErrorText.line(Redaction.upToLastAt(text)) + "\": " + hint);
    }
}
