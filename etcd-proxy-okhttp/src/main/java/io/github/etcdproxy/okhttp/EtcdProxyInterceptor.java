package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.okhttp.FailedAttempt.Phase;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.Snapshot;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;

/**
 * Forwards calls to a listen client URL to a member: ours? open? allowed? ready? then one attempt after the other, until a
 * member responds. Statuses are relayed as they are. Thread safe.
 */
final class EtcdProxyInterceptor implements Interceptor {
    private final ProxyOptions options;
    private final ListenUrls listenUrls;
    private final ClientUrlRegistry registry;
    private final ReadyWait readyWait;

    /** OkHttp's form of each client URL seen so far. */
    private final Map<EtcdUrl, HttpUrl> servers = new ConcurrentHashMap<>();

    EtcdProxyInterceptor(ProxyOptions options, ListenUrls listenUrls, ClientUrlRegistry registry) {
        this.options = options;
        this.listenUrls = listenUrls;
        this.registry = registry;
        this.readyWait = new ReadyWait(registry.ready().toCompletableFuture(), options.readyTimeout());
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!listenUrls.contains(request.url())) {
            return chain.proceed(request);
        }
        if (registry.isClosed()) {
            return refuse(request, noEndpoint());
        }
        RequestKind kind = RequestKind.of(request.method(), request.header("Upgrade") != null);
        if (!options.mode().permits(kind)) {
            return refuse(request, ProxyError.readOnly());
        }
        if (ConfigEndpoint.serves(request.url())) {
            return ConfigEndpoint.respond(request, registry.snapshot());
        }
        if (registry.snapshot().urls().isEmpty()) {
            readyWait.await(chain.call());
        }
        Snapshot snapshot = registry.snapshot();
        if (snapshot.urls().isEmpty()) {
            return refuse(request, noEndpoint());
        }
        return forward(attempts(chain, kind), request, kind, snapshot.urls());
    }

    private Response forward(Chain chain, Request request, RequestKind kind, List<EtcdUrl> members) throws IOException {
        boolean replayableBody = ReplayRule.hasReplayableBody(request);
        SentEvents events = new SentEvents();
        chain.call().addEventListener(events);
        if (kind == RequestKind.WRITE) {
            NoResend.applyTo(chain.call());
        }
        List<FailedAttempt> attempts = new ArrayList<>();
        List<IOException> failures = new ArrayList<>();
        for (EtcdUrl member : members) {
            events.attemptBegins();
            try {
                Request sent =
                        request.newBuilder().url(at(request.url(), member)).build();
                events.handedOver();
                Response response = respond(chain, sent, kind);
                if (response.networkResponse() != null) { // a cache's answer proves nothing
                    registry.succeeded(member);
                }
                return restore(NoResend.restore(chain.call(), response), request, sent);
            } catch (IOException e) {
                if (chain.call().isCanceled() || Thread.currentThread().isInterrupted()) {
                    throw e; // the caller's own doing, and no member's fault
                }
                registry.failed(member, Reason.of(e));
                attempts.add(new FailedAttempt(
                        member, events.mayHaveBeenSent() ? Phase.EXCHANGE : Phase.CONNECT, Reason.of(e)));
                failures.add(e);
                if (!ReplayRule.mayTryNext(kind, events.mayHaveBeenSent(), replayableBody)) {
                    break;
                }
            }
        }
        return refuse(request, ProxyError.noResponse(kind, attempts, failures));
    }

    /** The chain for the attempts: bounded in time, and without OkHttp's retry of requests that were sent. */
    private Chain attempts(Chain chain, RequestKind kind) {
        Chain bounded = chain.withConnectTimeout(
                        shorter(chain.connectTimeoutMillis(), options.dialTimeout()), TimeUnit.MILLISECONDS)
                .withWriteTimeout(shorter(chain.writeTimeoutMillis(), options.writeTimeout()), TimeUnit.MILLISECONDS);
        if (!options.readTimeout().isZero()) {
            bounded = bounded.withReadTimeout(
                    shorter(chain.readTimeoutMillis(), options.readTimeout()), TimeUnit.MILLISECONDS);
        }
        return kind == RequestKind.WRITE ? bounded.withRetryOnConnectionFailure(false) : bounded;
    }

    /** The shorter of two timeouts, of which the caller's may be 0 for none. */
    private static int shorter(int ofCaller, Duration ofOption) {
        int millis = Math.toIntExact(ofOption.toMillis());
        return ofCaller == 0 || millis < ofCaller ? millis : ofCaller;
    }

    /** A response, of which as much has come as is needed to know that this member answers. */
    private static Response respond(Chain chain, Request request, RequestKind kind) throws IOException {
        Response response = proceed(chain, request);
        ResponseBody body = response.body();
        // A cache's failure would be no member's, and only a 200 of etcd's has a body that is worth waiting for.
        if (response.networkResponse() == null
                || response.code() != 200
                || !ReplayRule.awaitsBody(kind, request.url(), body.contentLength())) {
            return response;
        }
        try {
            BufferedSource source = body.source();
            source.request(ReplayRule.AWAITED_BODY_BYTES);
            // An interceptor's body may give another source each time: what was read must be passed on.
            return response.newBuilder()
                    .body(ResponseBody.create(source, body.contentType(), body.contentLength()))
                    .build();
        } catch (IllegalStateException e) {
            return response; // an interceptor behind ours has read the body and closed it
        } catch (IOException e) {
            response.close();
            throw e;
        }
    }

    private static Response proceed(Chain chain, Request request) throws IOException {
        try {
            return chain.proceed(request);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                // OkHttp, being Kotlin, lets through that of a connect that was interrupted, with the flag cleared.
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
            throw new IOException(e); // an interceptor written in Kotlin can throw anything
        }
    }

    /** The same resource at a member. Path and query are taken as they are; the host, the costly part, is read once. */
    private HttpUrl at(HttpUrl url, EtcdUrl member) throws IOException {
        HttpUrl server = servers.get(member);
        if (server == null) {
            try {
                server = HttpUrl.get(member.toString());
            } catch (IllegalArgumentException e) {
                throw new IOException("OkHttp takes " + member + " for no URL: " + e.getMessage(), e);
            }
            servers.put(member, server);
        }
        return server.newBuilder()
                .encodedPath(url.encodedPath())
                .encodedQuery(url.encodedQuery())
                .build();
    }

    /** The response as the caller asked for it: at its own URL. The member's still stands in {@code networkResponse}. */
    private static Response restore(Response response, Request request, Request sent) {
        Request last = response.request();
        if (response.priorResponse() == null) {
            last = request;
        } else if (isSameServer(last.url(), sent.url())) {
            // The member's own redirect was followed, or its challenge answered.
            last = last.newBuilder().url(movedTo(last.url(), request.url())).build();
        }
        return response.newBuilder().request(last).build();
    }

    private static boolean isSameServer(HttpUrl a, HttpUrl b) {
        return a.port() == b.port() && a.scheme().equals(b.scheme()) && a.host().equals(b.host());
    }

    private static HttpUrl movedTo(HttpUrl url, HttpUrl server) {
        return url.newBuilder()
                .scheme(server.scheme())
                .host(server.host())
                .port(server.port())
                .build();
    }

    private ProxyError noEndpoint() {
        return ProxyError.noEndpoint(registry.status().problem().orElse(""));
    }

    private Response refuse(Request request, ProxyError error) throws EtcdProxyException {
        if (options.errorsAsExceptions()) {
            throw error.asException(request);
        }
        return error.asResponse(request);
    }
}
