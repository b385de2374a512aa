package io.github.etcdproxy.examples.recipes.programs;

import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;

/**
 * Reaches peers through the JDK's HTTP client, for programs without OkHttp. It ignores {@link PeerRequest#httpProxy}
 * and {@link PeerRequest#serverName}; set a proxy on the client. The timeout covers the headers only.
 *
 * @param client sends the requests
 */
record JdkPeerTransport(HttpClient client) implements PeerTransport {
    @Override
    public PeerResponse send(PeerRequest request) throws IOException {
        HttpRequest.Builder sent = HttpRequest.newBuilder(request.uri()).timeout(request.timeout());
        request.body().ifPresent(body -> sent.header("Content-Type", body.contentType()));
        BodyPublisher body = request.body()
                .map(given -> BodyPublishers.ofString(given.text()))
                .orElseGet(BodyPublishers::noBody);
        try {
            HttpResponse<InputStream> response = client.send(
                    sent.version(HttpClient.Version.HTTP_1_1)
                            .method(request.method(), body)
                            .build(),
                    BodyHandlers.ofInputStream());
            Map<String, String> headers = new HashMap<>();
            response.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
            return new PeerResponse(response.statusCode(), headers, response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
