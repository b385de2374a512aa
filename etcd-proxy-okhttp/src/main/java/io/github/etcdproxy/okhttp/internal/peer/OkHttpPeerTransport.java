package io.github.etcdproxy.okhttp.internal.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.etcdproxy.internal.failure.ThroughHttpProxyException;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.okhttp.internal.cancel.UndeclaredExceptions;
import io.github.etcdproxy.okhttp.internal.dns.BoundedDns;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.X509TrustManager;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Sends requests to peers, and probes to members, through a separate OkHttp client. Thread safe.
 *
 * <p>HTTP/1.1 only, since etcd resets HTTP/2 streams for {@code /members}; no redirects, as in etcd.
 */
public final class OkHttpPeerTransport implements PeerTransport {
    /** Each exchange has its own, shorter timeout. */
    private static final Duration LONGEST_LOOKUP = Duration.ofMinutes(1);

    private final OkHttpClient client;
    private final Map<Route, OkHttpClient> clients = new ConcurrentHashMap<>();
    private final Set<Call> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private OkHttpPeerTransport(OkHttpClient client) {
        this.client = client;
    }

    /** A transport that never retries and keeps no connections, since the next exchange is half a minute away. */
    public static OkHttpPeerTransport toPeers(OkHttpClient settings, TaskRunner tasks) {
        return new OkHttpPeerTransport(withSettingsOf(settings, tasks)
                .retryOnConnectionFailure(false)
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
                .build());
    }

    /**
     * A transport for probes. It keeps connections for a moment: while a call waits, its member is probed twice a
     * second, which must not cost a TLS handshake each. A dead connection is replaced.
     */
    public static OkHttpPeerTransport toMembers(OkHttpClient settings, TaskRunner tasks) {
        return new OkHttpPeerTransport(withSettingsOf(settings, tasks)
                .retryOnConnectionFailure(true)
                .connectionPool(new ConnectionPool(16, 3, TimeUnit.SECONDS))
                .build());
    }

    /** A transport that uses the client as it is, with its interceptors and authenticators. */
    public static OkHttpPeerTransport of(OkHttpClient client) {
        return new OkHttpPeerTransport(client.newBuilder()
                .retryOnConnectionFailure(false)
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
                .build());
    }

    /** The connection settings that may differ between requests. */
    private record Route(Optional<Duration> dialTimeout, Optional<EtcdUrl> httpProxy, Optional<String> serverName) {}

    private OkHttpClient clientFor(PeerRequest request) {
        Route route = new Route(request.dialTimeout(), request.httpProxy(), request.serverName());
        return clients.computeIfAbsent(route, this::clientFor);
    }

    private OkHttpClient clientFor(Route route) {
        OkHttpClient.Builder builder = client.newBuilder();
        route.dialTimeout().ifPresent(builder::connectTimeout);
        route.httpProxy()
                .ifPresent(proxy -> builder.proxy(
                        new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.host(), proxy.port()))));
        X509TrustManager trustManager = client.x509TrustManager();
        if (trustManager != null && PlatformTrust.is(trustManager)) {
            HostnameVerifier verifier = client.hostnameVerifier();
            route.serverName()
                    .ifPresent(name -> builder.hostnameVerifier((host, session) -> verifier.verify(name, session)));
        }
        return builder.build();
    }

    /** Copies only the TLS, DNS and proxy settings of a client. */
    private static OkHttpClient.Builder withSettingsOf(OkHttpClient settings, TaskRunner tasks) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .dns(new BoundedDns(settings.dns(), tasks, LONGEST_LOOKUP))
                .proxy(settings.proxy())
                .proxySelector(settings.proxySelector())
                .proxyAuthenticator(settings.proxyAuthenticator())
                .socketFactory(settings.socketFactory())
                .connectionSpecs(settings.connectionSpecs())
                .hostnameVerifier(settings.hostnameVerifier())
                .certificatePinner(settings.certificatePinner())
                .protocols(List.of(Protocol.HTTP_1_1))
                .followRedirects(false)
                // OkHttp retries a request after a 503 with this header.
                .addNetworkInterceptor(chain -> chain.proceed(chain.request())
                        .newBuilder()
                        .removeHeader("Retry-After")
                        .build())
                // Each request has a timeout for the whole exchange.
                .connectTimeout(Duration.ZERO)
                .readTimeout(Duration.ZERO)
                .writeTimeout(Duration.ZERO);
        X509TrustManager trustManager = settings.x509TrustManager();
        if (trustManager != null) {
            builder.sslSocketFactory(settings.sslSocketFactory(), trustManager);
        }
        return builder;
    }

    @Override
    public PeerResponse send(PeerRequest request) throws IOException {
        RequestBody body = request.body()
                .map(b -> RequestBody.create(b.text().getBytes(UTF_8), MediaType.get(b.contentType())))
                .orElse(null);
        Call call = clientFor(request)
                .newCall(new Request.Builder()
                        .url(request.uri().toString())
                        .method(request.method(), body)
                        .build());
        call.timeout().timeout(request.timeout().toNanos(), TimeUnit.NANOSECONDS);
        underWay.add(call);
        List<Proxy> proxies = new CopyOnWriteArrayList<>();
        call.addEventListener(new EventListener() {
            @Override
            public void proxySelectEnd(Call selecting, HttpUrl url, List<Proxy> chosen) {
                proxies.addAll(chosen);
            }

            @Override
            public void dnsStart(Call started, String domainName) {
                BoundedDns.lookupBegins(started);
            }

            @Override
            public void callEnd(Call ended) {
                underWay.remove(call);
            }

            @Override
            public void callFailed(Call ended, IOException e) {
                underWay.remove(call);
            }
        });
        if (closed) { // checked after the call was added, so that either this or close() cancels it
            underWay.remove(call);
            throw new IOException("the proxy has been closed");
        }
        Response response = execute(call, proxies, request.httpProxy().isPresent() ? "discovery-proxy" : "");
        return new PeerResponse(
                response.code(), headers(response.headers()), response.body().byteStream());
    }

    private static Response execute(Call call, List<Proxy> proxies, String origin) throws IOException {
        try {
            return call.execute();
        } catch (Exception e) { // Kotlin code may throw undeclared exceptions
            IOException failure = UndeclaredExceptions.asIo(e);
            ThroughHttpProxyException.remark(failure, proxies, origin);
            throw failure;
        }
    }

    private static Map<String, String> headers(Headers headers) {
        Map<String, String> byName = new HashMap<>();
        for (int i = 0; i < headers.size(); i++) {
            byName.put(headers.name(i).toLowerCase(Locale.ROOT), headers.value(i));
        }
        return byName;
    }

    @Override
    public void close() {
        closed = true;
        underWay.forEach(Call::cancel);
        client.connectionPool().evictAll();
    }
}
