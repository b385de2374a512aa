package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.mode.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.okhttp.FailedAttempt.Phase;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.Snapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Forwards calls to a listen client URL to a member: ours? allowed? ready? then one attempt after the other, until a
 * member responds. Statuses are relayed as they are. Thread safe.
 */
final class EtcdProxyInterceptor implements Interceptor {
    private final ProxyOptions options;
    private final ClientUrlRegistry registry;
    private final ListenUrls listenUrls;
    private final ReadyWait readyWait;

    EtcdProxyInterceptor(ProxyOptions options, ClientUrlRegistry registry) {
        this.options = options;
        this.registry = registry;
        this.listenUrls = new ListenUrls(options.listenClientUrls());
        this.readyWait = new ReadyWait(registry.ready(), options.readyTimeout());
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!listenUrls.contains(request.url())) {
            return chain.proceed(request);
        }
        RequestKind kind = RequestKind.of(request.method(), isUpgrade(request));
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
        if (snapshot.urls().isEmpty() || registry.isClosed()) {
            return refuse(
                    request, ProxyError.noEndpoint(registry.status().problem().orElse("")));
        }
        return forward(attempts(chain, kind), request, kind, snapshot.urls());
    }

    private Response forward(Chain chain, Request request, RequestKind kind, List<EtcdUrl> members) throws IOException {
        List<FailedAttempt> failures = new ArrayList<>();
        for (EtcdUrl member : members) {
            Attempt attempt = new Attempt();
            try {
                Response response = chain.proceed(rewrite(request, member, attempt));
                registry.succeeded(member);
                // The caller asked for its own URL; the member's still stands in networkResponse.
                return response.newBuilder().request(request).build();
            } catch (IOException e) {
                if (chain.call().isCanceled()) {
                    throw e;
                }
                String cause = Reason.of(e);
                registry.failed(member, cause);
                // A WebSocket never enters a network interceptor, so there is no telling whether its request was sent.
                boolean mayHaveBeenSent = attempt.mayHaveBeenSent() || isUpgrade(request);
                failures.add(new FailedAttempt(member, mayHaveBeenSent ? Phase.EXCHANGE : Phase.CONNECT, cause));
                if (!ReplayRule.mayTryNext(kind, mayHaveBeenSent, ReplayRule.hasReplayableBody(request))) {
                    break;
                }
            }
        }
        return refuse(request, ProxyError.noResponse(kind, failures));
    }

    /** The chain for the attempts: bounded in time, and without OkHttp's own way of sending a write twice. */
    private Chain attempts(Chain chain, RequestKind kind) {
        Chain bounded = chain.withConnectTimeout(
                        shorter(chain.connectTimeoutMillis(), options.dialTimeout()), TimeUnit.MILLISECONDS)
                .withWriteTimeout(shorter(chain.writeTimeoutMillis(), options.writeTimeout()), TimeUnit.MILLISECONDS)
                .withReadTimeout(shorter(chain.readTimeoutMillis(), options.readTimeout()), TimeUnit.MILLISECONDS);
        return kind == RequestKind.WRITE ? bounded.withRetryOnConnectionFailure(false) : bounded;
    }

    /** The shorter of two timeouts, of which each may be 0 for none. */
    private static int shorter(int ofCaller, Duration ofOption) {
        int millis = Math.toIntExact(ofOption.toMillis());
        return ofCaller == 0 || (millis != 0 && millis < ofCaller) ? millis : ofCaller;
    }

    private static Request rewrite(Request request, EtcdUrl member, Attempt attempt) {
        return request.newBuilder()
                .url(request.url()
                        .newBuilder()
                        .scheme(member.scheme())
                        .host(member.host())
                        .port(member.port())
                        .build())
                .tag(Attempt.class, attempt)
                .build();
    }

    private static boolean isUpgrade(Request request) {
        return request.header("Upgrade") != null;
    }

    private Response refuse(Request request, ProxyError error) throws EtcdProxyException {
        if (options.errorsAsExceptions()) {
            throw error.asException(request);
        }
        return error.asResponse(request);
    }
}
