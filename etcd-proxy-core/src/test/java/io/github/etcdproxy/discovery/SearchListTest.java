package io.github.etcdproxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;

/** The machine's search list, which dnsjava also reads from system properties, on a nameserver of the test's own. */
@Timeout(60)
class SearchListTest {
    private static final List<String> PROPERTIES = List.of("dns.server", "dns.search", "dns.ndots");

    private final Map<String, Integer> codes = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private DatagramSocket socket;
    private Thread nameserver;

    @BeforeEach
    void start() throws Exception {
        socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        nameserver = new Thread(this::serve);
        nameserver.start();
        System.setProperty("dns.server", "127.0.0.1:" + socket.getLocalPort());
        System.setProperty("dns.search", "lab.example.com,corp.example.com");
    }

    @AfterEach
    void stop() throws Exception {
        PROPERTIES.forEach(System::clearProperty);
        ResolverConfig.refresh();
        socket.close();
        nameserver.join();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
                socket.receive(packet);
                byte[] response = answer(new Message(Arrays.copyOf(packet.getData(), packet.getLength())));
                socket.send(new DatagramPacket(response, response.length, packet.getSocketAddress()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** A record for names that have code 0; NXDOMAIN for unknown ones. */
    private byte[] answer(Message query) throws IOException {
        Name name = query.getQuestion().getName();
        asked.add(name.toString(true));
        int code = codes.getOrDefault(name.toString(true), Rcode.NXDOMAIN);
        Message response = new Message(query.getHeader().getID());
        response.getHeader().setFlag(Flags.QR);
        response.getHeader().setRcode(code);
        response.addRecord(query.getQuestion(), Section.QUESTION);
        if (code == Rcode.NOERROR) {
            response.addRecord(
                    new SRVRecord(name, DClass.IN, 1, 0, 0, 2380, Name.fromString("infra0.example.com.")),
                    Section.ANSWER);
        }
        return response.toWire();
    }

    private static Peers discover(String domain) throws Exception {
        return PeerDiscovery.dnsSrv(domain)
                .discover(new DiscoveryContext(
                        request -> {
                            throw new IOException("not used");
                        },
                        duration -> {},
                        new Random(1),
                        what -> {}));
    }

    @Test
    void shortDomain_isFoundInSearchList() throws Exception {
        codes.put("_etcd-server._tcp.etcd.corp.example.com", Rcode.NOERROR);

        assertThat(discover("etcd").urls()).containsExactly(EtcdUrl.of("http://infra0.example.com:2380"));
        assertThat(asked)
                .contains("_etcd-server-ssl._tcp.etcd", "_etcd-server-ssl._tcp.etcd.lab.example.com")
                .endsWith("_etcd-server._tcp.etcd.corp.example.com");
    }

    @Test
    void domainThatIsFound_isNotSearched() throws Exception {
        codes.put("_etcd-server._tcp.etcd", Rcode.NOERROR);
        discover("etcd");

        assertThat(asked).containsExactlyInAnyOrder("_etcd-server-ssl._tcp.etcd", "_etcd-server._tcp.etcd");
    }

    @Test
    void domainWithFewerDotsThanNdots_isSearchedFirst() throws Exception {
        System.setProperty("dns.ndots", "5");
        codes.put("_etcd-server._tcp.etcd.lab.example.com", Rcode.NOERROR);
        codes.put("_etcd-server._tcp.etcd", Rcode.NOERROR);
        discover("etcd");

        assertThat(asked).doesNotContain("_etcd-server._tcp.etcd");
    }

    @Test
    void domainWithTrailingDot_isNotSearched() {
        codes.put("_etcd-server._tcp.etcd.corp.example.com", Rcode.NOERROR);

        assertThatThrownBy(() -> discover("etcd.")).hasMessageContaining("_etcd-server._tcp.etcd: the name does not");
        assertThat(asked).containsExactlyInAnyOrder("_etcd-server-ssl._tcp.etcd", "_etcd-server._tcp.etcd");
    }

    /** Otherwise dropping a response could lead to another cluster, or from https to http. */
    @Test
    void failedLookup_endsTheSearch() {
        codes.put("_etcd-server-ssl._tcp.etcd.lab.example.com", Rcode.SERVFAIL);
        codes.put("_etcd-server._tcp.etcd.corp.example.com", Rcode.NOERROR);

        assertThatThrownBy(() -> discover("etcd"))
                .hasMessageContaining("etcd.lab.example.com")
                .hasMessageContaining("SERVFAIL");
        assertThat(asked).noneMatch(name -> name.endsWith("corp.example.com"));
    }
}
