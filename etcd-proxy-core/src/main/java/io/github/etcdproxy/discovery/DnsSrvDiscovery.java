package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.Redaction;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.io.Serial;
import java.net.IDN;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.ResolverConfig;

/**
 * Finds peers, or members at their client URLs, by DNS SRV records (RFC 2782). Immutable.
 *
 * <p>Peers are those of {@code _etcd-server-ssl._tcp.DOMAIN}, with https, and then those of {@code
 * _etcd-server._tcp.DOMAIN}, with http; either kind alone suffices. If the https lookup fails, rather than finding no
 * records, the http records are not used. Members at their client URLs are likewise those of {@code _etcd-client-ssl}
 * and {@code _etcd-client}. Within a kind, priorities and weights determine the order. Target names are resolved by the
 * client that sends the request, not by this source. A target that can't be resolved fails then, and the next one is
 * asked.
 *
 * <p>Mirrors {@code GetCluster} and {@code GetClient} (client/pkg/srv/srv.go, etcd 3.5), which ignore priority and
 * weight. As in etcd (server/embed/config.go, {@code PeerURLsMapAndToken}), when there are https records the servers'
 * certificates must be valid for DOMAIN rather than for the targets, since an attacker who can forge DNS responses
 * controls the targets. If the peer client has its own certificate authorities, certificates must be valid for the
 * targets.
 *
 * <p>Unless {@link #resolver} sets nameservers, the machine's configured ones are used, and the configuration is read
 * again at each lookup. Like Go, and so like etcd, the source then also looks in the domains of the machine's search
 * list, unless DOMAIN ends with a dot. A lookup takes at most five seconds. If a nameserver fails or does not respond,
 * the next is asked.
 *
 * @since 0.1
 */
public final class DnsSrvDiscovery implements PeerDiscovery {
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");

    /** With the longest service before it, a name has 253 characters. */
    private static final int LONGEST_DOMAIN = 253 - 63 - "._tcp.".length();

    private final String domain;

    /** Whether the domain was written with a trailing dot, so that the search list does not apply. */
    private final boolean absolute;

    private final Peers.Port port;
    private final String serviceName;
    private final List<InetSocketAddress> resolvers;

    private DnsSrvDiscovery(
            String domain, boolean absolute, Peers.Port port, String serviceName, List<InetSocketAddress> resolvers) {
        this.domain = domain;
        this.absolute = absolute;
        this.port = port;
        this.serviceName = serviceName;
        this.resolvers = resolvers;
    }

    static DnsSrvDiscovery of(String domain, Peers.Port port) {
        Objects.requireNonNull(domain, "discovery-srv: null: write a domain, for example example.com");
        String ascii = ascii(domain.strip().replaceFirst("\\.$", ""));
        boolean valid = ascii.length() <= LONGEST_DOMAIN
                && Stream.of(ascii.split("\\.", -1))
                        .allMatch(label -> LABEL.matcher(label).matches());
        if (!valid) {
            throw new IllegalArgumentException(
                    "discovery-srv: \"" + Redaction.upToLastAt(domain) + "\": write a domain, for example example.com");
        }
        boolean absolute = domain.strip().endsWith(".");
        return new DnsSrvDiscovery(ascii.toLowerCase(Locale.ROOT), absolute, port, "", List.of());
    }

    private static String ascii(String domain) {
        try {
            return IDN.toASCII(domain);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /**
     * Returns a source for records with a service name: {@code --discovery-srv-name}. With {@code infra}, peers are
     * those of {@code _etcd-server-ssl-infra._tcp.DOMAIN} and {@code _etcd-server-infra._tcp.DOMAIN}.
     *
     * @param name appended to the service; empty for none
     * @return a new source
     * @throws IllegalArgumentException if it does not fit a DNS label; the message shows it and says what to write
     */
    public DnsSrvDiscovery serviceName(String name) {
        Objects.requireNonNull(name, "discovery-srv-name: null: write a name, or leave the option out");
        if (!name.isEmpty() && !LABEL.matcher("_etcd-server-ssl-" + name).matches()) {
            throw new IllegalArgumentException("discovery-srv-name: \"" + Redaction.upToLastAt(name)
                    + "\": write up to 46 letters, digits and hyphens, for example infra");
        }
        return new DnsSrvDiscovery(domain, absolute, port, name, resolvers);
    }

    /**
     * Returns a source that asks the given nameservers instead of the machine's.
     *
     * @param nameservers asked in turn; the usual port is 53
     * @return a new source
     * @throws IllegalArgumentException if there is none, or one is unresolved
     */
    public DnsSrvDiscovery resolver(InetSocketAddress... nameservers) {
        List<InetSocketAddress> given = List.of(nameservers);
        if (given.isEmpty()) {
            throw new IllegalArgumentException("resolver: none given: name one, or leave the option out");
        }
        given.stream().filter(InetSocketAddress::isUnresolved).findFirst().ifPresent(address -> {
            throw new IllegalArgumentException("resolver: " + address + ": write the nameserver's IP address");
        });
        return new DnsSrvDiscovery(domain, absolute, port, serviceName, given);
    }

    @Override
    public Peers discover(DiscoveryContext context) throws IOException, InterruptedException {
        if (!resolvers.isEmpty()) {
            return lookUp(domain, resolvers, context.random());
        }
        ResolverConfig.refresh(); // the network may have come up since
        ResolverConfig config = ResolverConfig.getCurrentConfig();
        List<InetSocketAddress> nameservers = config.servers().stream()
                .filter(nameserver -> !nameserver.isUnresolved()) // not an address
                .toList();
        return lookUpAny(domains(config), nameservers, context.random());
    }

    /** The domain, and the domain within those of the search list, in the order in which Go tries them. */
    private List<String> domains(ResolverConfig config) {
        List<String> searched = config.searchPath().stream()
                .filter(suffix -> !absolute && !suffix.equals(Name.root))
                .map(suffix -> domain + "." + suffix.toString(true).toLowerCase(Locale.ROOT))
                .filter(name -> name.length() <= LONGEST_DOMAIN)
                .toList();
        long dots = ("_service._tcp." + domain).chars().filter(c -> c == '.').count();
        Stream<String> given = Stream.of(domain);
        return (dots >= config.ndots()
                        ? Stream.concat(given, searched.stream())
                        : Stream.concat(searched.stream(), given))
                .distinct()
                .toList();
    }

    /** There are no records for certain, so that the next domain of a search list may be tried. */
    private static final class NotFoundException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        NotFoundException(String problems) {
            super(problems);
        }
    }

    /** Looks up domain after domain until one has records, or a lookup fails so that one may have some. */
    private Peers lookUpAny(List<String> domains, List<InetSocketAddress> nameservers, Random random)
            throws IOException, InterruptedException {
        NotFoundException failed = null;
        for (String name : domains) {
            try {
                return lookUp(name, nameservers, random);
            } catch (NotFoundException e) {
                failed = failed == null || name.equals(domain) ? e : failed;
            }
        }
        throw Objects.requireNonNull(failed);
    }

    private Peers lookUp(String name, List<InetSocketAddress> nameservers, Random random)
            throws IOException, InterruptedException {
        String service = port == Peers.Port.PEER ? "_etcd-server" : "_etcd-client";
        String suffix = (serviceName.isEmpty() ? "" : "-" + serviceName) + "._tcp." + name;
        SrvLookup lookupOfHttps = SrvLookup.begin(service + "-ssl" + suffix, nameservers);
        SrvLookup lookupOfHttp = SrvLookup.begin(service + suffix, nameservers);
        SrvAnswer https = lookupOfHttps.await();
        SrvAnswer http = lookupOfHttp.await();
        List<EtcdUrl> urls = Stream.concat(urls("https", https, random), urls("http", http, random))
                .toList();
        // Dropping one DNS response must not downgrade https to http.
        if (urls.isEmpty() || https.isInconclusive()) {
            String problems = Stream.of(https, urls.isEmpty() ? http : http.notTaken())
                    .map(answer -> answer.name() + ": " + answer.problem())
                    .collect(Collectors.joining("; "));
            throw https.isNotFound() && http.isNotFound() ? new NotFoundException(problems) : new IOException(problems);
        }
        return new Peers(urls, port, serverName(urls));
    }

    /**
     * The name for which the peers' certificates must be valid if the client trusts public authorities.
     *
     * @param urls peers from these records, now or earlier
     * @return the domain if one of them is https
     */
    public Optional<String> serverName(List<EtcdUrl> urls) {
        return urls.stream().anyMatch(url -> url.scheme().equals("https")) ? Optional.of(domain) : Optional.empty();
    }

    private static Stream<EtcdUrl> urls(String scheme, SrvAnswer answer, Random random) {
        return SrvTarget.ordered(answer.targets(), random).stream().flatMap(target -> target.url(scheme).stream());
    }

    @Override
    public String toString() {
        return "DNS SRV records of " + domain + (serviceName.isEmpty() ? "" : ", service name " + serviceName)
                + (resolvers.isEmpty() ? "" : ", asked of " + resolvers);
    }
}
