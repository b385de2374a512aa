package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** A plain HTTP proxy for GET requests, which counts them. */
final class HttpProxyServer extends Dispatcher implements AutoCloseable {
    private final MockWebServer server = new MockWebServer();
    private final OkHttpClient client = new OkHttpClient();
    private final AtomicInteger requests = new AtomicInteger();

    private HttpProxyServer() {}

    static HttpProxyServer start() throws IOException {
        HttpProxyServer proxy = new HttpProxyServer();
        proxy.server.setDispatcher(proxy);
        proxy.server.start();
        return proxy;
    }

    String url() {
        return "http://127.0.0.1:" + server.getPort();
    }

    int requests() {
        return requests.get();
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
        requests.incrementAndGet();
        // A client that speaks to a proxy sends the whole URL.
        return relay(client, new Request.Builder().url(request.getTarget()).build());
    }

    /** The upstream response to a request, as a mock response. */
    static MockResponse relay(OkHttpClient client, Request request) {
        try (Response response = client.newCall(request).execute()) {
            return new MockResponse.Builder()
                    .code(response.code())
                    .headers(response.headers())
                    .body(response.body().string())
                    .build();
        } catch (IOException e) {
            return new MockResponse.Builder().code(502).body(e.toString()).build();
        }
    }

    @Override
    public void close() {
        server.close();
        client.connectionPool().evictAll();
    }
}
