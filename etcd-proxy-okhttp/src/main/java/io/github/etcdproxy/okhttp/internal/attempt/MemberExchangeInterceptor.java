package io.github.etcdproxy.okhttp.internal.attempt;

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
 * Runs where an exchange has its connection and nothing has been sent, as the outermost network interceptor. It keeps what OkHttp
 * does by itself within the {@linkplain FollowUpGuard bounds}, and has no pooled connection used that is stale: one on which more
 * has come than was asked for, which would be taken for the response; or, for a write, one that was idle for a moment and that
 * the member has closed meanwhile, as one does that restarts. Nothing has been sent then, and the call goes on with another
 * connection; OkHttp itself looks after ten seconds only, and never for a GET.
 *
 * <p>HTTP/2 connections are read all the time, and need no look. Thread safe.
 */
public final class MemberExchangeInterceptor implements Interceptor {
    private final WrappedClient client;

    public MemberExchangeInterceptor(WrappedClient client) {
        this.client = client;
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
        FollowUpGuard.requirePermitted(chain.request(), ours.sent(), client.options());
        if (ours != current) {
            return chain.proceed(chain.request()); // another proxy has taken the call over from ours
        }
        ours.starting(chain.request().url());
        EarlyTimeout.keepOneDue();
        Request request = FollowUpGuard.withoutCredentials(chain.request(), ours.sent());
        MemberSocket socket = client.network().socketOf(connection);
        Response response = connection.protocol() == Protocol.HTTP_1_1
                ? exchange(chain, request, connection, socket, ours)
                : chain.proceed(request);
        Headers withheld = FollowUpGuard.withheld(request, ours, response);
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

    /** The attempt that this client makes, which may have led to one of another proxy in the same client. */
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
                // It had come with the one before, in one record of TLS, where it can't be seen in advance.
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
