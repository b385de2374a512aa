package io.github.etcdproxy.examples.quickstart;

import io.github.etcdproxy.discovery.JoinOutcome;
import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.EtcdMembership;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.github.etcdproxy.promotion.PromotedMember;
import io.github.etcdproxy.promotion.PromotionRequest;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** The examples of README.md, so that the build compiles them. */
final class ReadmeExample {

    private ReadmeExample() {}

    static void run() throws Exception {
        // README: begin
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls("http://etcd.internal:2379") // what your code calls; nothing listens there
                .discovery(PeerDiscovery.initialCluster("infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380"))
                .start();
        OkHttpClient client = proxy.wrap(new OkHttpClient()); // the client that you already have

        Request request = new Request.Builder()
                .url("http://etcd.internal:2379/v2/keys/greeting")
                .build();
        try (Response response = client.newCall(request).execute()) {
            System.out.println(response.code() + " " + response.body().string());
        }
        proxy.close(); // when the application ends
        // README: end
    }

    static List<PeerDiscovery> sources(MyCatalogue myCatalogue) {
        // README: begin
        PeerDiscovery byToken = PeerDiscovery.token("https://discovery.example.com/3e86b59982e49066c5d813af1c2e2579");
        PeerDiscovery byTokenOfV3 = PeerDiscovery.tokenV3("3e86b599", "http://10.0.9.1:2379", "http://10.0.9.2:2379");
        PeerDiscovery byDns = PeerDiscovery.dnsSrv("example.com").serviceName("blue");
        PeerDiscovery byClientPorts = PeerDiscovery.clientEndpoints("http://10.0.1.10:2379", "http://10.0.1.11:2379");
        PeerDiscovery byDnsOfClients = PeerDiscovery.clientDnsSrv("example.com");
        PeerDiscovery ofYourOwn = context -> Peers.of(myCatalogue.peerUrlsOf("etcd"));
        PeerDiscovery oneOrElseTheOther = ofYourOwn.orElse(byDns);
        // README: end
        return List.of(byToken, byTokenOfV3, byDns, byClientPorts, byDnsOfClients, oneOrElseTheOther);
    }

    /** A service catalogue. */
    interface MyCatalogue {
        List<EtcdUrl> peerUrlsOf(String name);
    }

    static void flags() {
        // README: begin
        EtcdProxy byFlags = EtcdProxy.builderFromFlags(
                        "--proxy",
                        "on",
                        "--listen-client-urls",
                        "http://localhost:2379",
                        "--discovery-srv",
                        "example.com")
                .start();
        EtcdProxy byEnvironment =
                EtcdProxy.builderFromEnvironment(System.getenv()).start(); // ETCD_PROXY, ETCD_DISCOVERY_SRV, ...
        // README: end
        byFlags.close();
        byEnvironment.close();
    }

    static void join(OkHttpClient peerClient) throws Exception {
        // README: begin
        JoinRequest node = JoinRequest.of(
                PeerDiscovery.token("https://discovery.example.com/3e86b59982e49066c5d813af1c2e2579"),
                "infra3",
                "http://10.0.1.13:2380");
        JoinOutcome outcome = EtcdMembership.join(node, peerClient); // waits until the cluster is complete
        if (outcome instanceof JoinOutcome.Member member) {
            System.out.println("etcd " + String.join(" ", member.flags())); // start it with these
        } else if (outcome instanceof JoinOutcome.Proxy proxy) {
            EtcdProxy.builder()
                    .listenClientUrls("http://localhost:2379")
                    .discovery(proxy.discovery())
                    .start();
        }
        // README: end
    }

    static void promote(EtcdProxy proxy, OkHttpClient client) throws Exception {
        // README: begin
        PromotedMember infra1 =
                EtcdMembership.promote(proxy, PromotionRequest.of("infra1", "http://10.0.1.11:2380"), client);
        infra1.environment().forEach((name, value) -> System.out.println(name + "=" + value));
        System.out.println(String.join(" ", infra1.commandLine()));
        // README: end
    }
}
