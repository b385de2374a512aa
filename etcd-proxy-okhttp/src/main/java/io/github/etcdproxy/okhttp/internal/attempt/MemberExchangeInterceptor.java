package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.okhttp.internal.failover.StaleConnectionException;
import io.github.etcdproxy.okhttp.internal.failover.StrayResponseException;
import io.github.etcdproxy.okhttp.internal.readonly.ReadOnlyGuard;
import io.github.etcdproxy.okhttp.internal.redirect.FollowUpRules;
import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import java.io.IOException;
import okhttp3.Connection;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * The outermost network interceptor: an exchange has its connection, and nothing has been sent. It {@linkplain
 * FollowUpRules restricts} OkHttp's follow-up requests and rejects stale pooled connections: those with unsolicited
 * data, which would be taken for the response, and, for a write, those that were idle for a moment and that the member
 * has closed meanwhile, for example because it restarts. The call then continues on another connection. OkHttp itself
 * checks only after ten seconds, and never for a GET.
 *
 * <p>HTTP/2 connections are always being read and need no check. Thread safe.
 */
public final class MemberExchangeInterceptor implements Interceptor {
    private final WrappedClient client;

    public MemberExchangeInterceptor(WrappedClient client) {
        this.client = client;
    }

    /** The client to which it belongs. */
    public WrappedClient client() {
        return client;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        CallEvents events = CallEvents.known(chain.call());
        Connection connection = chain.connection();
        if (events == null || connection == null) {
            return chain.proceed(chain.request());
        }
        events.exchangeIsOn(connection);
        Attempt current = events.current();
        Attempt ours = ours(current);
        if (ours == null) {
            return chain.proceed(chain.request());
        }
        ReadOnlyGuard.requirePermitted(chain.request(), ours.sent(), client.options());
        if (ours != current) {
            return chain.proceed(chain.request()); // another proxy has taken over the call
        }
        ours.starting(chain.request().url());
        EarlyTimeout.keepOneDue();
        Request request = FollowUpRules.withoutCredentials(chain.request(), ours.sent());
        MemberSocket socket = client.network().socketOf(connection);
        Response response = connection.protocol() == Protocol.HTTP_1_1
                ? exchange(chain, request, connection, socket, ours)
                : chain.proceed(request);
        Headers withheld = FollowUpRules.withheld(request, ours.sent(), ours.isWrite(), response);
        ours.withhold(withheld);
        boolean awaited = ours.progress().isAtMember()
                && !ours.isWhole()
                && response.body().contentLength() != 0;
        if (withheld.size() == 0 && !awaited) {
            return response;
        }
        Response.Builder passed = response.newBuilder();
        withheld.names().forEach(passed::removeHeader);
        if (awaited) {
            AwaitedBody.setOn(passed, response, ours, socket);
        }
        return passed.build();
    }

    /** This client's attempt, which may be an outer attempt if another proxy in the same client forwards the call. */
    private @Nullable Attempt ours(@Nullable Attempt current) {
        Attempt attempt = current;
        while (attempt != null && !attempt.client().isOfSameProxy(client)) {
            attempt = attempt.outer();
        }
        return attempt;
    }

    private Response exchange(
            Chain chain, Request request, Connection connection, @Nullable MemberSocket socket, Attempt attempt)
            throws IOException {
        if (attempt.progress().isReused() && client.network().isStale(connection, attempt.isWrite())) {
            MemberSocket.closeAtOnce(connection.socket());
            throw new StaleConnectionException();
        }
        if (socket == null) {
            return chain.proceed(request);
        }
        if (socket == connection.socket()) {
            socket.follow(request.method());
        }
        long receivedBefore = socket.received();
        try {
            Response response = chain.proceed(request);
            if (socket.received() == receivedBefore) {
                // It came in the same TLS record as the previous response, where it can't be detected in advance.
                response.close();
                MemberSocket.closeAtOnce(connection.socket());
                attempt.exchangeFailed();
                throw new StrayResponseException();
            }
            if (socket.isClean()) {
                attempt.wholeReceived();
            }
            return response;
        } finally {
            socket.used();
        }
    }
}
