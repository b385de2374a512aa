package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.DnsSrvDiscovery;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.examples.cluster.Dnsmasq;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import okhttp3.Dns;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.lookup.LookupSession;

/** SRV records of a real nameserver, and the real cluster that they name. */
@Tag("once")
class DnsSrvIT {
    private static final String HOSTS = "address=/infra.example.test/127.0.0.1";

    private static ProcessCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static int port(String url) {
        return URI.create(url).getPort();
    }

    private static String srv(String service, String target, int port, int priority, int weight) {
        return "srv-host=" + service + "," + target + "," + port + "," + priority + "," + weight;
    }

    /** Records for all members, at a name that resolves. */
    private static String[] recordsOfCluster(String service, boolean clientPorts) {
        List<String> records = new ArrayList<>(List.of(HOSTS));
        for (EtcdProcess member : cluster.members()) {
            int port = port(clientPorts ? member.clientUrl() : member.peerUrl());
            records.add(srv(service, "infra.example.test", port, 0, 0));
        }
        return records.toArray(String[]::new);
    }

    private static DnsSrvDiscovery source(Dnsmasq dns) {
        return PeerDiscovery.dnsSrv("example.test").resolver(dns.address());
    }

    private static Peers discover(PeerDiscovery source) throws Exception {
        return source.discover(DiscoveryContext.of(request -> {
            throw new IOException("nobody is asked over HTTP");
        }));
    }

    private static List<String> urls(PeerDiscovery source) throws Exception {
        return discover(source).urls().stream().map(EtcdUrl::toString).toList();
    }

    /** Resolves addresses like the application's client that connects to the targets. */
    private static OkHttpClient resolvingBy(Dnsmasq dns) {
        Dns lookup = host -> {
            try {
                return LookupSession.builder()
                        .resolver(new SimpleResolver(dns.address()))
                        .build()
                        .lookupAsync(Name.fromString(host + "."), Type.A)
                        .toCompletableFuture()
                        .get()
                        .getRecords()
                        .stream()
                        .map(record -> ((ARecord) record).getAddress())
                        .toList();
            } catch (TextParseException | ExecutionException e) {
                throw new UnknownHostException(host + ": " + e.getMessage());
            } catch (InterruptedException e) {
                throw new UnknownHostException("interrupted");
            }
        };
        return new OkHttpClient.Builder().dns(lookup).build();
    }

    private static EtcdProxy start(PeerDiscovery source, Dnsmasq dns) {
        return EtcdProxy.builder()
                .listenClientUrls(RealEtcd.LISTEN)
                .discovery(source)
                .peerClient(resolvingBy(dns))
                .refreshInterval(Duration.ofSeconds(2))
                .start();
    }

    private static void findsAllMembers(EtcdProxy proxy) throws Exception {
        proxy.awaitReady(Duration.ofSeconds(20));
        List<String> members =
                cluster.members().stream().map(EtcdProcess::clientUrl).sorted().toList();
        assertThat(Endpoints.of(proxy)).isEqualTo(members);
        RealEtcd.body(proxy.wrap(new OkHttpClient()), RealEtcd.get("/version"), 200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "blue"})
    void findsTheClusterByItsServerRecords(String serviceName) throws Exception {
        String service = "_etcd-server" + (serviceName.isEmpty() ? "" : "-" + serviceName) + "._tcp.example.test";
        try (Dnsmasq dns = Dnsmasq.start(recordsOfCluster(service, false));
                EtcdProxy proxy = start(source(dns).serviceName(serviceName), dns)) {
            findsAllMembers(proxy);
        }
    }

    @Test
    void httpsPeers_comeFirstAndProveTheDomain() throws Exception {
        try (Dnsmasq dns = Dnsmasq.start(
                srv("_etcd-server._tcp.example.test", "b.example.test", 2380, 0, 0),
                srv("_etcd-server-ssl._tcp.example.test", "a.example.test", 2381, 5, 0))) {
            Peers peers = discover(source(dns));
            assertThat(peers.urls().toString()).isEqualTo("[https://a.example.test:2381, http://b.example.test:2380]");
            assertThat(peers.serverName()).hasValue("example.test");
        }
        try (Dnsmasq dns = Dnsmasq.start(srv("_etcd-server._tcp.example.test", "b.example.test", 2380, 0, 0))) {
            assertThat(discover(source(dns)).serverName()).isEmpty();
        }
        try (Dnsmasq dns = Dnsmasq.start(srv("_etcd-server-ssl._tcp.example.test", "a.example.test", 2380, 0, 0))) {
            assertThat(urls(source(dns))).containsExactly("https://a.example.test:2380");
        }
    }

    @Test
    void prioritiesAndWeightsDecideTheOrder() throws Exception {
        String service = "_etcd-server._tcp.example.test";
        try (Dnsmasq dns = Dnsmasq.start(
                srv(service, "last.example.test", 1, 20, 100),
                srv(service, "light.example.test", 1, 10, 1),
                srv(service, "heavy.example.test", 1, 10, 1000))) {
            int heavyFirst = 0;
            for (int i = 0; i < 50; i++) {
                List<String> urls = urls(source(dns));
                assertThat(urls).hasSize(3).endsWith("http://last.example.test:1");
                heavyFirst += urls.get(0).equals("http://heavy.example.test:1") ? 1 : 0;
            }
            assertThat(heavyFirst).isGreaterThan(40);
        }
    }

    @Test
    void badTargets_areSkipped() throws Exception {
        String service = "_etcd-server._tcp.example.test";
        List<String> records = new ArrayList<>(List.of(recordsOfCluster(service, false)));
        records.add(srv(service, "nowhere.example.test", 2380, 0, 0));
        records.add(srv(service, "infra.example.test", 1, 0, 0));
        records.add("srv-host=_etcd-server-ssl._tcp.example.test"); // its target is "."
        for (int i = 0; i < 3; i++) { // the order is drawn
            try (Dnsmasq dns = Dnsmasq.start(records.toArray(String[]::new));
                    EtcdProxy proxy = start(source(dns), dns)) {
                findsAllMembers(proxy);
            }
        }
    }

    @Test
    void truncatedResponse_isRepeatedOverTcp() throws Exception {
        String[] records = IntStream.range(0, 100)
                .mapToObj(i -> srv("_etcd-server._tcp.example.test", "host-number-" + i + ".example.test", 2380, 0, 0))
                .toArray(String[]::new);
        try (Dnsmasq dns = Dnsmasq.start(records)) {
            assertThat(new HashSet<>(urls(source(dns)))).hasSize(100);
        }
    }

    @Test
    void reasonsForNoRecordsAreDistinguished() throws Exception {
        try (Dnsmasq dns = Dnsmasq.start("txt-record=_etcd-server._tcp.example.test,nothing to see")) {
            assertThatThrownBy(() -> discover(source(dns)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("_etcd-server-ssl._tcp.example.test: the name does not exist (NXDOMAIN);"
                            + " _etcd-server._tcp.example.test: the name has no SRV record (NODATA)");
            assertThatThrownBy(
                            () -> discover(PeerDiscovery.dnsSrv("example.org").resolver(dns.address())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("_etcd-server._tcp.example.org: the nameserver 127.0.0.1 port "
                            + dns.address().getPort() + " failed")
                    .hasMessageContaining("REFUSED");
        }
        try (Dnsmasq dns = Dnsmasq.start(
                "srv-host=_etcd-server-ssl._tcp.example.test", "srv-host=_etcd-server._tcp.example.test")) {
            assertThatThrownBy(() -> discover(source(dns)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("_etcd-server-ssl._tcp.example.test: the service is declared not available"
                            + " (target \".\"); _etcd-server._tcp.example.test: the service is declared not available"
                            + " (target \".\")");
        }
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            long begun = System.nanoTime();
            assertThatThrownBy(() -> discover(PeerDiscovery.dnsSrv("example.test")
                            .resolver((InetSocketAddress) silent.getLocalSocketAddress())))
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching(
                            "_etcd-server-ssl._tcp.example.test: [^;]* (did not answer|answered) within . s;"
                                    + " _etcd-server._tcp.example.test: [^;]* (did not answer|answered) within . s")
                    .hasMessageContaining("port " + silent.getLocalPort() + " did not answer within 2 s");
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        }
    }

    /** A nameserver's reaction to one query, beyond what dnsmasq can do. */
    private interface Behavior {
        /** Turns a query into its response; false for none. */
        boolean answer(Message query) throws IOException;
    }

    private static DatagramSocket nameserver(Behavior behavior) throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(
                () -> {
                    byte[] buffer = new byte[4096];
                    while (!socket.isClosed()) {
                        try {
                            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                            socket.receive(packet);
                            Message message = new Message(Arrays.copyOf(buffer, packet.getLength()));
                            message.getHeader().setFlag(Flags.QR);
                            if (behavior.answer(message)) {
                                byte[] wire = message.toWire();
                                socket.send(new DatagramPacket(wire, wire.length, packet.getSocketAddress()));
                            }
                        } catch (IOException e) {
                            return;
                        }
                    }
                },
                "odd-nameserver");
        thread.setDaemon(true);
        thread.start();
        return socket;
    }

    private static DatagramSocket failing() throws IOException {
        return nameserver(message -> {
            message.getHeader().setRcode(Rcode.SERVFAIL);
            return true;
        });
    }

    private static boolean isAboutHttps(Message query) {
        return query.getQuestion().getName().toString().startsWith("_etcd-server-ssl.");
    }

    private static void addRecord(Message message) throws IOException {
        message.addRecord(
                new SRVRecord(
                        message.getQuestion().getName(), DClass.IN, 60, 0, 0, 2380, Name.fromString("a.example.test.")),
                Section.ANSWER);
    }

    @Test
    void aPacketThatIsLostIsSentAgain() throws Exception {
        Set<String> asked = ConcurrentHashMap.newKeySet();
        try (DatagramSocket losing = nameserver(message -> {
            if (asked.add(message.getQuestion().getName().toString())) {
                return false;
            }
            addRecord(message);
            return true;
        })) {
            DnsSrvDiscovery source =
                    PeerDiscovery.dnsSrv("example.test").resolver((InetSocketAddress) losing.getLocalSocketAddress());
            assertThat(urls(source)).containsExactly("https://a.example.test:2380", "http://a.example.test:2380");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void missingHttpsAnswer_doesNotFallBackToHttp(boolean bySilence) throws Exception {
        try (DatagramSocket odd = nameserver(message -> {
            if (isAboutHttps(message)) {
                message.getHeader().setRcode(Rcode.SERVFAIL);
                return !bySilence;
            }
            addRecord(message);
            return true;
        })) {
            DnsSrvDiscovery source =
                    PeerDiscovery.dnsSrv("example.test").resolver((InetSocketAddress) odd.getLocalSocketAddress());
            assertThatThrownBy(() -> discover(source))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("_etcd-server-ssl._tcp.example.test: the nameserver")
                    .hasMessageEndingWith("_etcd-server._tcp.example.test: its records are not used until it is known"
                            + " whether there are https ones");
        }
    }

    @Test
    void unusableRecords_areReported() throws Exception {
        try (Dnsmasq dns = Dnsmasq.start(srv("_etcd-server._tcp.example.test", "a.example.test", 0, 0, 0))) {
            assertThatThrownBy(() -> discover(source(dns)))
                    .isInstanceOf(IOException.class)
                    .hasMessageEndingWith("_etcd-server._tcp.example.test: no record has a usable host and"
                            + " port, but \"a.example.test\" port 0");
        }
    }

    @Test
    void failingNameserver_isFollowedByTheNext() throws Exception {
        try (DatagramSocket failing = failing();
                Dnsmasq dns = Dnsmasq.start(srv("_etcd-server._tcp.example.test", "a.example.test", 2380, 0, 0))) {
            InetSocketAddress first = (InetSocketAddress) failing.getLocalSocketAddress();
            DnsSrvDiscovery alone = PeerDiscovery.dnsSrv("example.test").resolver(first);
            assertThatThrownBy(() -> discover(alone))
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching("_etcd-server-ssl._tcp.example.test: the nameserver .* failed [(]SERVFAIL[)];"
                            + " _etcd-server._tcp.example.test: the nameserver .* failed [(]SERVFAIL[)]");
            assertThat(urls(alone.resolver(first, dns.address()))).containsExactly("http://a.example.test:2380");
        }
    }

    @Test
    void unavailableNameserver_isRetried() throws Exception {
        try (Dnsmasq dns = Dnsmasq.prepare();
                EtcdProxy proxy = start(source(dns), dns)) {
            await().atMost(20, TimeUnit.SECONDS)
                    .until(() -> proxy.status().problem().orElse("").contains("can't be reached"));
            assertThat(proxy.status().problem().orElse(""))
                    .startsWith("peers from DNS SRV records of example.test, asked of ");
            dns.run(recordsOfCluster("_etcd-server._tcp.example.test", false));
            findsAllMembers(proxy);
        }
    }

    @Test
    void allPeersDead_looksUpRecordsAgain() throws Exception {
        String service = "_etcd-server._tcp.example.test";
        try (ProcessCluster old = ProcessCluster.start(EtcdBinary.forTest(), 1);
                Dnsmasq dns = Dnsmasq.start(
                        HOSTS,
                        srv(
                                service,
                                "infra.example.test",
                                port(old.members().get(0).peerUrl()),
                                0,
                                0));
                EtcdProxy proxy = start(source(dns), dns)) {
            proxy.awaitReady(Duration.ofSeconds(20));
            assertThat(Endpoints.of(proxy)).containsExactly(old.members().get(0).clientUrl());

            dns.run(recordsOfCluster(service, false));
            old.members().get(0).kill();
            // Another cluster has replaced the first: it is adopted after three refreshes.
            await().atMost(60, TimeUnit.SECONDS)
                    .untilAsserted(() -> assertThat(Endpoints.of(proxy)).hasSize(3));
            findsAllMembers(proxy);
        }
    }

    @Test
    void clientRecords_sufficeWithoutPeerPorts() throws Exception {
        try (Dnsmasq dns = Dnsmasq.start(recordsOfCluster("_etcd-client._tcp.example.test", true));
                EtcdProxy proxy =
                        start(PeerDiscovery.clientDnsSrv("example.test").resolver(dns.address()), dns)) {
            findsAllMembers(proxy);
        }
    }

    @Test
    void trailingDotAndCase_areIgnored() throws Exception {
        try (Dnsmasq dns = Dnsmasq.start(srv("_etcd-server._tcp.example.test", "a.example.test.", 2380, 0, 0))) {
            assertThat(urls(PeerDiscovery.dnsSrv("Example.Test.").resolver(dns.address())))
                    .containsExactly("http://a.example.test:2380");
        }
    }

    @Test
    void orElse_firstFindsNothing_asksSecond() throws Exception {
        try (Dnsmasq dns = Dnsmasq.start()) {
            PeerDiscovery initial = PeerDiscovery.initialCluster(cluster.initialCluster());
            try (EtcdProxy proxy = start(source(dns).orElse(initial), dns)) {
                findsAllMembers(proxy);
            }
            PeerDiscovery both = source(dns).orElse(source(dns).serviceName("blue"));
            assertThatThrownBy(() -> discover(both))
                    .hasMessageContaining("_etcd-server._tcp.example.test: the name does not exist")
                    .hasMessageContaining("_etcd-server-blue._tcp.example.test: the name does not exist");
        }
    }
}
