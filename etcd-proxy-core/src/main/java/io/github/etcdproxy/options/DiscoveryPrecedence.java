package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.DnsSrvDiscovery;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.TokenDiscovery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the source of peers among those that etcd's flags name: a discovery token takes precedence over DNS SRV
 * records, these over the initial cluster, and that over the default, the peer ports of this machine.
 */
final class DiscoveryPrecedence {
    private static final Logger log = LoggerFactory.getLogger(DiscoveryPrecedence.class);

    private static final List<String> TOKEN_V3 = List.of("discovery-token", "discovery-endpoints");

    private final EtcdFlags flags;

    DiscoveryPrecedence(EtcdFlags flags) {
        this.flags = flags;
    }

    /** The source that takes precedence. The others are logged; their values must be valid, too. */
    PeerDiscovery source() {
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

    /** The source by a discovery token; empty if none is given. */
    Optional<TokenDiscovery> token() {
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
}
