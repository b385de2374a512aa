package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.discovery.JoinRequest.Fallback;
import io.github.etcdproxy.discovery.TokenDiscovery;
import io.github.etcdproxy.internal.failure.Redaction;
import io.github.etcdproxy.mode.ProxyMode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Maps etcd's flags to the options of a proxy and of a node that joins a cluster. */
final class OptionsFromFlags {
    private static final Logger log = LoggerFactory.getLogger(OptionsFromFlags.class);

    /** As Go parses it: decimal, hexadecimal after 0x, or octal after 0. */
    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]{1,14}|0[0-7]{0,17}|[1-9][0-9]{0,17}");

    private final EtcdFlags flags;

    OptionsFromFlags(EtcdFlags flags) {
        this.flags = flags;
    }

    /** Sets the options that were given, and etcd's defaults for the others. */
    <B extends OptionsBuilder<B>> B applyTo(B builder) {
        builder.mode(mode());
        if (flags.get("listen-client-urls", text -> builder.listenClientUrls(text))
                .isEmpty()) {
            builder.listenClientUrls("http://localhost:2379");
        }
        builder.discovery(new DiscoveryPrecedence(flags).source());
        flags.get("data-dir", OptionsFromFlags::path).ifPresent(builder::dataDir);
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
        ProxyMode mode = flags.get("proxy", OptionsFromFlags::mode).orElse(ProxyMode.OFF);
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

    private Fallback fallback() {
        return flags.get("discovery-fallback", text -> switch (text) {
                    case "proxy" -> Fallback.PROXY;
                    case "exit" -> Fallback.EXIT;
                    default -> throw invalid("discovery-fallback", text, "proxy or exit");
                })
                .orElse(Fallback.PROXY);
    }

    /** The request to join that a command line with a discovery token describes. */
    JoinRequest joinRequest() {
        TokenDiscovery token = new DiscoveryPrecedence(flags)
                .token()
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "discovery: none given: give the URL of a discovery token, or --discovery-token and --discovery-endpoints"));
        String name = flags.has("name") ? flags.text("name") : "default";
        String peerUrls = flags.has("initial-advertise-peer-urls")
                ? flags.text("initial-advertise-peer-urls")
                : "http://localhost:2380";
        return JoinRequest.of(token, name, peerUrls).fallback(fallback());
    }
}
