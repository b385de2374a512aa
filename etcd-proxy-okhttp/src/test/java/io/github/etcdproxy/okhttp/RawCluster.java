package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.discovery.PeerDiscovery;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/** Raw members, a proxy that has found them and does not refresh, and a wrapped client. */
final class RawCluster implements AutoCloseable {
    private final List<RawMember> members = new ArrayList<>();
    private final List<RelayProcess> relays = new ArrayList<>();
    private final List<Integer> order = new ArrayList<>();
    private final EtcdProxy proxy;
    private final OkHttpClient client;

    /** The setup of a cluster. */
    record Setup(
            int size,
            boolean http2,
            boolean relayed,
            UnaryOperator<EtcdProxy.Builder> options,
            UnaryOperator<OkHttpClient.Builder> client) {

        static Setup of(int size, boolean http2) {
            return new Setup(size, http2, false, options -> options, client -> client);
        }

        Setup withRelays() {
            return new Setup(size, http2, true, options, client);
        }

        Setup with(UnaryOperator<EtcdProxy.Builder> otherOptions) {
            return new Setup(size, http2, relayed, otherOptions, client);
        }

        Setup withClient(UnaryOperator<OkHttpClient.Builder> otherClient) {
            return new Setup(size, http2, relayed, options, otherClient);
        }

        RawCluster start() throws IOException, InterruptedException {
            return new RawCluster(this);
        }
    }

    private RawCluster(Setup setup) throws IOException, InterruptedException {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < setup.size(); i++) {
            RawMember member = new RawMember("member " + i, setup.http2());
            members.add(member);
            if (setup.relayed()) {
                relays.add(RelayProcess.to(member.port()));
            }
            urls.add(setup.relayed() ? relays.get(i).url() : member.url());
        }
        urls.forEach(RecordingLogs::clear);
        try (RawMember peer = new RawMember("peer", false)) {
            peer.lists(urls);
            proxy = setup.options()
                    .apply(EtcdProxy.builder()
                            .listenClientUrls(RealEtcd.LISTEN)
                            .discovery(PeerDiscovery.initialCluster("peer=" + peer.url())))
                    .start();
            OkHttpClient.Builder builder = new OkHttpClient.Builder();
            if (setup.http2()) {
                builder.protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE));
            }
            client = proxy.wrap(setup.client().apply(builder).build());
            proxy.awaitReady(Duration.ofSeconds(20));
        }
        proxy.status()
                .endpoints()
                .forEach(endpoint -> order.add(urls.indexOf(endpoint.url().toString())));
    }

    /** The member to which calls went first at the beginning, second, third. */
    RawMember member(int place) {
        return members.get(order.get(place));
    }

    /** The relay in front of that member. */
    RelayProcess relay(int place) {
        return relays.get(order.get(place));
    }

    /** The URL of that member, as the proxy knows it. */
    String url(int place) {
        return relays.isEmpty() ? member(place).url() : relay(place).url();
    }

    EtcdProxy proxy() {
        return proxy;
    }

    OkHttpClient client() {
        return client;
    }

    /** Whether a member is in its place among those that are not down. */
    boolean isUp(int place) {
        return proxy.status().endpoints().stream()
                .anyMatch(endpoint ->
                        endpoint.isAvailable() && endpoint.url().toString().equals(url(place)));
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
        relays.forEach(RelayProcess::close);
        for (RawMember member : members) {
            member.close();
        }
    }
}
