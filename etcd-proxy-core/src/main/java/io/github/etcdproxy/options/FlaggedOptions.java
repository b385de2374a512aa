package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.DiscoveryFallback;
import io.github.etcdproxy.discovery.DnsSrvDiscovery;
import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.TokenDiscovery;
import io.github.etcdproxy.internal.failure.Redaction;
import io.github.etcdproxy.mode.ProxyMode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps etcd's flags to the options of a proxy and of a node that joins a cluster. */
final class FlaggedOptions {
    private static final Logger log = LoggerFactory.getLogger(FlaggedOptions.class);

    /** As Go parses it: decimal, hexadecimal after 0x, or octal after 0. */
    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]{1,14}|0[0-7]{0,17}|[1-9][0-9]{0,17}");

    private static final List<String> TOKEN_V3 = List.of("discovery-token", "discovery-endpoints");

    private final EtcdFlags flags;

    FlaggedOptions(EtcdFlags flags) {
        this.flags = flags;
    }

    /** Sets the options that were given, and etcd's defaults for the others. */
    <B extends OptionsBuilder<B>> B applyTo(B builder) {
        builder.mode(mode());
        if (flags.get("listen-client-urls", text -> builder.listenClientUrls(text))
                .isEmpty()) {
            builder.listenClientUrls("http://localhost:2379");
        }
        builder.discovery(discovery());
        flags.get("data-dir", FlaggedOptions::path).ifPresent(builder::dataDir);
        bound("proxy-failure-wait", "5000").ifPresent(builder::failureWait);
        bound("proxy-refresh-interval", "30000").ifPresent(builder::refreshInterval);
        bound("proxy-dial-timeout", "1000").ifPresent(builder::dialTimeout);
        bound("proxy-write-timeout", "5000").ifPresent(builder::writeTimeout);
        millis("proxy-read-timeout", "0").ifPresent(builder::readTimeout);
        fallback(); // has no effect on a proxy, but is still validated
        flags.unused(List.of("name", "initial-advertise-peer-urls"))
                .forEach(origin -> log.info("{} is ignored: a proxy needs none", origin));
        return builder;
    }

    private ProxyMode mode() {
        ProxyMode mode = flags.get("proxy", FlaggedOptions::mode).orElse(ProxyMode.OFF);
        if (mode == ProxyMode.OFF && !flags.has("proxy")) {
            log.warn("The proxy is off, which is etcd's default: nothing is forwarded. To forward, give --proxy on");
        }
        return mode;
    }

    private static ProxyMode mode(String text) {
        return switch (text) {
            case "on" -> ProxyMode.ON;
            case "readonly" -> ProxyMode.READONLY;
            case "off" -> ProxyMode.OFF;
            default -> throw invalid("proxy", text, "on, readonly or off");
        };
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw invalid("data-dir", text, "the path of a directory");
        }
    }

    private Optional<Duration> millis(String name, String example) {
        return flags.get(name, text -> {
            if (NUMBER.matcher(text).matches()) {
                long millis = Long.decode(text);
                if (millis <= Integer.MAX_VALUE) {
                    return Duration.ofMillis(millis);
                }
            }
            throw invalid(
                    name, text, "a number of milliseconds up to " + Integer.MAX_VALUE + ", for example " + example);
        });
    }

    /** In etcd, zero means no limit. Hung members must be detected, so zero means the default here. */
    private Optional<Duration> bound(String name, String byDefault) {
        Optional<Duration> bound = millis(name, byDefault);
        if (bound.filter(Duration::isZero).isPresent()) {
            log.warn("{} of 0 is ignored: using {} ms, since the proxy needs this limit", name, byDefault);
            return Optional.empty();
        }
        return bound;
    }

    private static IllegalArgumentException invalid(String name, String text, String hint) {
        return new IllegalArgumentException(name + ": \"" + Redaction.upToLastAt(text) + "\": write " + hint);
    }

    private DiscoveryFallback fallback() {
        return flags.get("discovery-fallback", text -> switch (text) {
                    case "proxy" -> DiscoveryFallback.PROXY;
                    case "exit" -> DiscoveryFallback.EXIT;
                    default -> throw invalid("discovery-fallback", text, "proxy or exit");
                })
                .orElse(DiscoveryFallback.PROXY);
    }

    /** The order of precedence: token, DNS SRV records, initial cluster, default. */
    private PeerDiscovery discovery() {
        List<String> sources =
                new ArrayList<>(List.of("discovery", "discovery-token", "discovery-srv", "initial-cluster"));
        sources.removeIf(source -> !flags.has(source));
        if (sources.size() > 1) {
            log.warn(
                    "Ignoring {}, since {} is given, which comes first",
                    String.join(" and ", flags.given(sources.subList(1, sources.size()))),
                    flags.given(sources).get(0));
        }
        PeerDiscovery token = token().orElse(null);
        PeerDiscovery srv = srv().orElse(null);
        PeerDiscovery initialCluster =
                flags.get("initial-cluster", PeerDiscovery::initialCluster).orElse(null);
        if (token != null) {
            return token;
        }
        if (srv != null) {
            return srv;
        }
        return initialCluster != null ? initialCluster : PeerDiscovery.localhost();
    }

    private Optional<TokenDiscovery> token() {
        List<String> v3 = flags.given(TOKEN_V3);
        if (v3.size() == 1) {
            throw new IllegalArgumentException(v3.get(0) + " needs its counterpart: give --discovery-token and"
                    + " --discovery-endpoints together");
        }
        Optional<TokenDiscovery> ofV2 = flags.get("discovery", PeerDiscovery::token);
        Optional<TokenDiscovery> ofV3 =
                flags.get("discovery-token", token -> PeerDiscovery.tokenV3(token, flags.text("discovery-endpoints")));
        Optional<TokenDiscovery> token = ofV2.or(() -> ofV3);
        if (token.isEmpty()) {
            flags.given(List.of("discovery-proxy"))
                    .forEach(origin ->
                            log.warn("{} is ignored: it is for a discovery token, and none is given", origin));
            return token;
        }
        return flags.get("discovery-proxy", proxy -> token.get().through(proxy)).or(() -> token);
    }

    private Optional<DnsSrvDiscovery> srv() {
        Optional<DnsSrvDiscovery> srv = flags.get("discovery-srv", PeerDiscovery::dnsSrv);
        if (srv.isEmpty()) {
            flags.given(List.of("discovery-srv-name"))
                    .forEach(
                            origin -> log.warn("{} is ignored: it is for --discovery-srv, which is not given", origin));
            return srv;
        }
        return flags.get("discovery-srv-name", name -> srv.get().serviceName(name))
                .or(() -> srv);
    }

    /** The request to join that a command line with a discovery token describes. */
    JoinRequest joining() {
        TokenDiscovery token = token().orElseThrow(
                        () -> new IllegalArgumentException(
                                "discovery: none given: give the URL of a discovery token, or --discovery-token and --discovery-endpoints"));
        String name = flags.has("name") ? flags.text("name") : "default";
        String peerUrls = flags.has("initial-advertise-peer-urls")
                ? flags.text("initial-advertise-peer-urls")
                : "http://localhost:2380";
        return JoinRequest.of(token, name, peerUrls).fallback(fallback());
    }
}
