package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Headers;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okio.Timeout;

/**
 * Reaches peers, and members that are probed, through an OkHttp client of its own. Thread safe.
 *
 * <p>HTTP/1.1 only, since etcd resets HTTP/2 streams for {@code /members}; no redirects, as in etcd; no connection is kept,
 * since the next exchange is half a minute away and a fresh connection is the better probe.
 */
final class OkHttpPeerTransport implements PeerTransport, AutoCloseable {
    private final OkHttpClient client;
    private volatile boolean closed;

    /**
     * Creates a transport.
     *
     * @param settings whose TLS, DNS and proxy settings to take; nothing else of it is used, and it is left as it is
     */
    OkHttpPeerTransport(OkHttpClient settings) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .dns(settings.dns())
                .proxy(settings.proxy())
                .proxySelector(settings.proxySelector())
                .proxyAuthenticator(settings.proxyAuthenticator())
                .socketFactory(settings.socketFactory())
                .connectionSpecs(settings.connectionSpecs())
                .hostnameVerifier(settings.hostnameVerifier())
                .certificatePinner(settings.certificatePinner())
                .protocols(List.of(Protocol.HTTP_1_1))
                .followRedirects(false)
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS));
        X509TrustManager trustManager = settings.x509TrustManager();
        if (trustManager != null) {
            builder.sslSocketFactory(settings.sslSocketFactory(), trustManager);
        }
        client = builder.build();
    }

    @Override
    public PeerResponse send(PeerRequest request) throws IOException {
        Call call = client.newCall(
                new Request.Builder().url(request.uri().toString()).build());
        Timeout unused = call.timeout().timeout(request.timeout().toNanos(), TimeUnit.NANOSECONDS);
        if (closed) {
            throw new IOException("the proxy has been closed");
        }
        Response response = call.execute();
        if (closed) {
            // close() may have looked for calls to cancel before this one had begun.
            response.close();
            throw new IOException("the proxy has been closed");
        }
        return new PeerResponse(
                response.code(), headers(response.headers()), response.body().byteStream());
    }

    private static Map<String, String> headers(Headers headers) {
        Map<String, String> byName = new HashMap<>();
        headers.forEach(header -> byName.put(header.getFirst().toLowerCase(Locale.ROOT), header.getSecond()));
        return byName;
    }

    /** Cancels exchanges under way, so that none outlives the proxy. */
    @Override
    public void close() {
        closed = true;
        client.dispatcher().cancelAll();
    }
}
