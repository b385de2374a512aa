package io.github.etcdproxy.examples.recipes.programs;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.registry.AttemptHandle;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.HangDetector;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** java.net.http on the core alone: a read tries the members in the registry's order, and reports what it finds. */
final class JavaNetHttpProgram {
    private static final HttpClient http = HttpClient.newHttpClient();

    private JavaNetHttpProgram() {}

    public static void main(String[] args) throws Exception {
        JdkPeerTransport transport = new JdkPeerTransport(http);
        try (ClientUrlRegistry members = ClientUrlRegistry.builder()
                .discovery(PeerDiscovery.initialCluster(args[0]))
                .start(transport)) {
            members.awaitReady(Duration.ofSeconds(5));
            System.out.println(get("/version", members, members.hangDetector(transport)));
        }
    }

    private static String get(String path, ClientUrlRegistry members, HangDetector hangs) throws Exception {
        IOException failure = new IOException("no member could be reached");
        for (EtcdUrl member : members.order()) {
            HttpRequest request = HttpRequest.newBuilder(member.resolve(path)).build();
            CompletableFuture<HttpResponse<String>> answer = http.sendAsync(request, BodyHandlers.ofString());
            AttemptHandle attempt =
                    hangs.begin(member, (probes, reason) -> answer.completeExceptionally(new IOException(reason)));
            try {
                String body = answer.get().body();
                attempt.responded();
                return body;
            } catch (ExecutionException e) {
                attempt.failed(e.toString());
                failure.addSuppressed(e);
            } finally {
                attempt.end();
            }
        }
        throw failure;
    }
}
