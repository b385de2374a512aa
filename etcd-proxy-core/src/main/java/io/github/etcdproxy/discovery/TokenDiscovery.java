package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.Redaction;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the peers of a cluster that was bootstrapped by a discovery token: the members register with a service under
 * the token, whose size is the number of members. Immutable.
 *
 * <p>While members are missing it waits, without a deadline and without polling: it keeps one request open, to which
 * the service responds when the next member registers.
 *
 * <p>Mirrors {@code GetCluster} (server/etcdserver/api/v2discovery/discovery.go, etcd 3.5; v3discovery/discovery.go,
 * 3.6). It is stricter in two ways: timeouts of the service are retried like other errors, and a member that withdraws
 * its registration during the wait does not count.
 *
 * @since 0.1
 */
public final class TokenDiscovery implements PeerDiscovery {
    private static final String EXAMPLE = "for example https://discovery.example.com/3e86b59982e49066c5d813af1c2e2579";
    private static final Pattern TOKEN = Pattern.compile("[^\\s/]+");

    private final String name;
    private final Access access;
    private final Optional<EtcdUrl> httpProxy;
    private final String clusterToken;

    /** Opens the registration store of a token. */
    @FunctionalInterface
    private interface Access {
        RegistrationStore open(PeerTransport transport, Optional<EtcdUrl> httpProxy);
    }

    private TokenDiscovery(String name, Access access, Optional<EtcdUrl> httpProxy, String clusterToken) {
        this.name = name;
        this.access = access;
        this.httpProxy = httpProxy;
        this.clusterToken = clusterToken;
    }

    static TokenDiscovery v2(String url) {
        URI token = parse(Objects.requireNonNull(url, "discovery: null: write a URL, " + EXAMPLE)
                .strip());
        return new TokenDiscovery(
                "discovery token " + token,
                (transport, httpProxy) -> new V2RegistrationStore(token, httpProxy, transport),
                Optional.empty(),
                url.strip());
    }

    private static URI parse(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw invalid(url, e.getReason());
        }
        objection(uri).ifPresent(why -> {
            throw invalid(url, why);
        });
        if (uri.getRawPath().replace("/", "").isEmpty()) {
            throw invalid(url, "has no path: the token is the URL's path");
        }
        if (uri.getRawFragment() != null) {
            throw invalid(url, "must not have a \"#\"");
        }
        return uri;
    }

    /** The reason why a request can't be sent to a URI; empty if it can. */
    static Optional<String> objection(URI uri) {
        String scheme = Objects.requireNonNullElse(uri.getScheme(), "").toLowerCase(Locale.ROOT);
        String authority = Objects.requireNonNullElse(uri.getRawAuthority(), "");
        if (!scheme.equals("http") && !scheme.equals("https")) {
            return Optional.of("the scheme must be http or https");
        }
        if (authority.contains("@")) {
            return Optional.of("a user name and password are not sent: leave them out");
        }
        try {
            // Unlike in members' URLs, the port is optional.
            boolean hasPort = authority.matches("(.*[^:]|):[0-9]+") && !authority.endsWith("]");
            EtcdUrl unused = EtcdUrl.of(scheme + "://" + authority + (hasPort ? "" : ":1"));
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of("names no host, or no port from 1 to 65535");
        }
    }

    private static IllegalArgumentException invalid(String url, String why) {
        return new IllegalArgumentException(
                "discovery: \"" + Redaction.upToLastAt(url) + "\": " + why + "; write a URL, " + EXAMPLE);
    }

    static TokenDiscovery v3(String token, String... endpoints) {
        Objects.requireNonNull(token, "discovery-token: null: write the token");
        if (!TOKEN.matcher(token).matches()) {
            throw new IllegalArgumentException(
                    "discovery-token: \"" + token + "\": write the token, without \"/\" and white space");
        }
        List<EtcdUrl> urls = EtcdUrl.parseList("discovery-endpoints", endpoints);
        return new TokenDiscovery(
                "discovery token " + token + " at " + urls,
                (transport, httpProxy) -> new V3RegistrationStore(token, urls, httpProxy, transport),
                Optional.empty(),
                token);
    }

    /**
     * Returns a source that reaches the service through an HTTP proxy: {@code --discovery-proxy}.
     *
     * @param proxyUrl for example {@code http://proxy.example.com:3128}; https to the proxy is not supported
     * @return a new source
     * @throws IllegalArgumentException if the URL is malformed; the message shows it and says what to write
     */
    public TokenDiscovery through(String proxyUrl) {
        EtcdUrl proxy = EtcdUrl.parseList("discovery-proxy", proxyUrl).get(0);
        if (proxyUrl.contains("@")) {
            throw new IllegalArgumentException(
                    "discovery-proxy: \"" + Redaction.upToLastAt(proxyUrl) + "\": leave the user"
                            + " name and password out, and give the client that reaches peers a proxyAuthenticator");
        }
        if (!proxy.scheme().equals("http")) {
            throw new IllegalArgumentException("discovery-proxy: \"" + proxy + "\": write the URL of an HTTP proxy, for"
                    + " example http://proxy.example.com:3128");
        }
        return new TokenDiscovery(name, access, Optional.of(proxy), clusterToken);
    }

    /**
     * The {@code --initial-cluster-token} for members that are not started with {@code --discovery}; otherwise they
     * reject the others as members of another cluster.
     *
     * @return the URL, or for the v3 API the token, as it was given
     */
    String clusterToken() {
        return clusterToken;
    }

    TokenCluster open(DiscoveryContext context) {
        return new TokenCluster(access.open(context.transport(), httpProxy), name, context);
    }

    @Override
    public Peers discover(DiscoveryContext context) throws IOException, InterruptedException {
        return Peers.of(open(context).complete().urls());
    }

    @Override
    public String toString() {
        return name;
    }
}
