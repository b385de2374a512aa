package io.github.etcdproxy.examples.recipes.programs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;

/** jetcd on the core alone, without OkHttp: the registry finds the members, jetcd connects to them. */
final class JetcdProgram {
    private JetcdProgram() {}

    public static void main(String[] args) throws Exception {
        try (ClientUrlRegistry members = ClientUrlRegistry.builder()
                .discovery(PeerDiscovery.initialCluster(args[0]))
                .start(new JdkPeerTransport(HttpClient.newHttpClient()))) {
            members.awaitReady(Duration.ofSeconds(5));
            List<URI> endpoints =
                    members.urls().stream().map(url -> url.resolve("/")).toList();
            try (Client etcd = Client.builder().endpoints(endpoints).build()) {
                KV kv = etcd.getKVClient();
                ByteSequence key = ByteSequence.from("jetcd", UTF_8);
                kv.put(key, ByteSequence.from("hello, jetcd", UTF_8)).get();
                System.out.println(kv.get(key).get().getKvs().get(0).getValue());
            }
        }
    }
}
