package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.event.ForwardedCall;
import io.github.etcdproxy.internal.failure.ThroughHttpProxyException;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.FailoverPolicy;
import io.github.etcdproxy.okhttp.internal.cancel.UndeclaredExceptions;
import io.github.etcdproxy.okhttp.internal.error.ProxyError;
import io.github.etcdproxy.okhttp.internal.failover.AttemptFailure;
import io.github.etcdproxy.okhttp.internal.failover.AttemptFailure.Cause;
import io.github.etcdproxy.okhttp.internal.failover.AttemptResult;
import io.github.etcdproxy.okhttp.internal.failover.AttemptResult.Answered;
import io.github.etcdproxy.okhttp.internal.failover.AttemptResult.Failed;
import io.github.etcdproxy.okhttp.internal.failover.AttemptResult.Unavailable;
import io.github.etcdproxy.okhttp.internal.failover.AttemptResult.UnknownToken;
import io.github.etcdproxy.okhttp.internal.failover.ExchangeState;
import io.github.etcdproxy.okhttp.internal.failover.FailureClassifier;
import io.github.etcdproxy.okhttp.internal.failover.MemberSelector;
import io.github.etcdproxy.okhttp.internal.failover.ReplayRule;
import io.github.etcdproxy.okhttp.internal.failover.ReplayRule.NextStep;
import io.github.etcdproxy.okhttp.internal.failover.StaleConnectionException;
import io.github.etcdproxy.okhttp.internal.failover.UnavailableResponses;
import io.github.etcdproxy.okhttp.internal.failover.UnknownTokenResponses;
import io.github.etcdproxy.okhttp.internal.http.HopByHopHeaders;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import io.github.etcdproxy.okhttp.internal.readonly.ClassifiedRequest;
import io.github.etcdproxy.okhttp.internal.socket.MemberNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Authenticator;
import okhttp3.Headers;
import okhttp3.Interceptor.Chain;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a call through the proxy: tries member after member until one responds. The result of each attempt is a
 * value, from which a pure function derives the next step. Confined to the call's thread.
 */
public final class AttemptLoop {
    private final WrappedClient client;
    private final Chain chain;
    private final CallEvents events;
    private final Request request;
    private final RequestKind kind;
    private final @Nullable RequestBody inspectedBody;
    private List<FailedAttempt> attempts = List.of();
    private List<IOException> failures = List.of();

    /** The response of a member that can't serve, returned if no other member does better. */
    private @Nullable Response unavailable;

    /** The last member that did not know the request's token, while others were left to try. */
    private @Nullable EtcdUrl unknownTokenAt;

    public AttemptLoop(Chain chain, ClassifiedRequest classified, WrappedClient client) {
        this.client = client;
        this.events = CallEvents.of(chain.call());
        this.request = chain.request();
        this.kind = classified.kind();
        this.inspectedBody = classified.inspectedBody();
        MemberNetwork network = client.network();
        Chain bounded =
                network.forForwarded(AttemptTimeouts.on(chain, request, client.options(), network.mayUseSocks(chain)));
        if (chain.getCache() != null) {
            bounded = bounded.withCache(null); // it would store an entry per member, which writes don't invalidate
        }
        // OkHttp would retry the request without knowing that it is a write.
        this.chain = kind == RequestKind.WRITE ? bounded.withRetryOnConnectionFailure(false) : bounded;
    }

    /**
     * Tries members in turn.
     *
     * @param order the members in the order in which to try them; not empty
     * @return a member's response, or the proxy's own if no member gave one
     * @throws IOException for a failure that the caller caused, as without a proxy; or the proxy's error as an
     *     exception
     */
    public Response run(List<EtcdUrl> order) throws IOException {
        long began = client.options().hasListeners() ? System.nanoTime() : 0;
        boolean single = order.size() == 1 || request.tag(FailoverPolicy.class) == FailoverPolicy.NEVER;
        AttemptResult result = attempt(order.get(0), single);
        if (result instanceof Answered answered) { // the common case
            return passOn(order.get(0), answered.response(), 1, began);
        }
        MemberSelector members = new MemberSelector(single ? order.subList(0, 1) : order);
        boolean silent = false;
        while (true) {
            NextStep step = ReplayRule.next(request, kind, result, members);
            if (result instanceof Failed failed) {
                if (step == NextStep.RETHROW) {
                    throw failed.exception();
                }
                if (step == NextStep.REFUSE) {
                    return ProxyError.readOnly().reply(request, client.options().errorsAsExceptions());
                }
                silent = failed.failure().silent();
                if (step != NextStep.RECONNECT || failed.failure().phase() != Phase.CONNECT) {
                    note(members.current(), failed);
                }
            } else {
                Response response = responseOf(result);
                if (step == NextStep.RETURN) {
                    return passOn(members.current(), response, members.tried(), began);
                }
                unavailable = UnavailableResponses.withoutConnection(response);
                if (result instanceof UnknownToken unknown) {
                    noteUnknownToken(members.current(), response, unknown.reason());
                }
            }
            if (!members.advance(step)) {
                return giveUp(silent, members.tried(), began);
            }
            result = attempt(members.current(), members.isLast());
        }
    }

    private static Response responseOf(AttemptResult result) {
        if (result instanceof UnknownToken unknown) {
            return unknown.response();
        }
        return result instanceof Answered answered ? answered.response() : ((Unavailable) result).response();
    }

    private Response passOn(EtcdUrl member, Response response, int tried, long began) {
        if (client.options().hasListeners()) {
            Duration time = Duration.ofNanos(System.nanoTime() - began);
            client.options()
                    .listener()
                    .callForwarded(new ForwardedCall(member, request.method(), response.code(), tried, time));
        }
        return response;
    }

    private void note(EtcdUrl member, Failed failed) {
        FailedAttempt attempt = new FailedAttempt(
                member, failed.failure().phase(), failed.failure().reason());
        note(attempt, failed.exception());
    }

    private void noteUnknownToken(EtcdUrl member, Response response, String message) {
        unknownTokenAt = member;
        String reason = "answered " + response.code() + ": " + message;
        note(new FailedAttempt(member, Phase.REFUSED, reason), new IOException(reason));
    }

    private void note(FailedAttempt attempt, IOException exception) {
        if (attempts.isEmpty()) {
            attempts = new ArrayList<>(2);
            failures = new ArrayList<>(2);
        }
        attempts.add(attempt);
        failures.add(exception);
        client.options().listener().attemptFailed(attempt);
    }

    private Response giveUp(boolean silent, int tried, long began) throws IOException {
        ProxyError error = ProxyError.noResponse(kind, attempts, failures, silent);
        EtcdUrl member = unknownTokenAt;
        if (member != null && !error.mayBeApplied() && chain.getAuthenticator() != Authenticator.NONE) {
            // All members that responded agree, so it is the turn of the caller's authenticator.
            AttemptResult result = attempt(member, true);
            if (!(result instanceof Failed failed)) {
                return passOn(member, responseOf(result), tried, began);
            }
            if (failed.failure().cause() == Cause.CALLER) {
                throw failed.exception();
            }
            note(member, failed);
            error = ProxyError.noResponse(
                    kind, attempts, failures, failed.failure().silent());
        }
        Response words = unavailable;
        return words != null && !error.mayBeApplied()
                ? words
                : error.reply(request, client.options().errorsAsExceptions());
    }

    /**
     * Tries one member.
     *
     * @param last whether no other member is left, so that the caller's authenticator sees that a token is unknown
     */
    private AttemptResult attempt(EtcdUrl member, boolean last) {
        Attempt attempt = new Attempt(client, member, kind, events.current());
        events.begin(attempt);
        boolean thrown = true;
        try {
            Request sent = sentTo(member);
            attempt.given(sent);
            AttemptResult result = respond(attempt, sent, last);
            thrown = false;
            return result;
        } catch (IOException e) {
            thrown = false;
            return failed(attempt, attempt.isStale() ? new StaleConnectionException(e) : e);
        } finally {
            if (thrown) { // an unchecked exception of an interceptor
                events.end(attempt);
            }
        }
    }

    private Request sentTo(EtcdUrl member) throws IOException {
        Request.Builder sent = request.newBuilder().url(client.hostRewriter().urlAt(member, request.url()));
        if (HopByHopHeaders.areIn(request.headers())) {
            sent.headers(HopByHopHeaders.removedFrom(request.headers()));
        }
        client.via().addTo(sent);
        return inspectedBody == null
                ? sent.build()
                : sent.method(request.method(), inspectedBody).build();
    }

    private AttemptResult respond(Attempt attempt, Request sent, boolean last) throws IOException {
        Response given = proceed(sent, last);
        if (given.networkResponse() == null) {
            events.end(attempt); // an interceptor or another proxy answered: inconclusive
            return new Answered(asAsked(given, sent, given.body(), Headers.EMPTY));
        }
        // A WebSocket's handshake bypasses network interceptors, so the attempt does not wait for a refusal's body yet.
        Response response = HopByHopHeaders.isWebSocket(sent.headers())
                        && given.code() != 101
                        && attempt.progress().isAtMember()
                ? AwaitedBody.setOn(given.newBuilder(), given, attempt, null).build()
                : given;
        try {
            ResponseBody body = attempt.isWhole() ? response.body() : ReadBodyBuffer.bodyOf(response, kind, sent);
            Response received = asAsked(response, sent, body, attempt.withheld());
            return judge(attempt, received);
        } catch (IOException e) {
            response.close();
            throw e;
        }
    }

    private Response proceed(Request sent, boolean last) throws IOException {
        Authenticator authenticator = chain.getAuthenticator();
        Chain asking = last || authenticator == Authenticator.NONE
                ? chain
                : chain.withAuthenticator((route, response) -> UnknownTokenResponses.reason(response) != null
                                && ReplayRule.mayTryNext(request, kind, Phase.REFUSED)
                        ? null
                        : authenticator.authenticate(route, response));
        try {
            return asking.proceed(sent);
        } catch (Exception e) { // Kotlin code may throw undeclared exceptions
            throw UndeclaredExceptions.asIo(e);
        }
    }

    /** The response as the caller asked for it. */
    private Response asAsked(Response response, Request sent, ResponseBody received, Headers withheld) {
        Response.Builder asked = response.newBuilder()
                .request(HostRewriter.asAsked(response, request, sent, client.via()))
                .body(received);
        Headers headers = response.headers();
        boolean hop = response.code() != 101 && HopByHopHeaders.areIn(headers);
        if (hop || withheld.size() > 0) {
            Headers kept = hop ? HopByHopHeaders.removedFrom(headers) : headers;
            asked.headers(kept.newBuilder().addAll(withheld).build());
        }
        return asked.build();
    }

    private AttemptResult judge(Attempt attempt, Response response) throws IOException {
        if (!attempt.progress().isAtMember()) {
            events.end(attempt);
            return new Answered(response);
        }
        String unknownToken = UnknownTokenResponses.reason(response);
        if (unknownToken != null) {
            attempt.handle().responded();
            events.passOn(attempt);
            return new UnknownToken(response, unknownToken);
        }
        String refusal = UnavailableResponses.reason(response);
        if (refusal != null) {
            attempt.handle().failed("answered " + response.code() + ": " + refusal);
            events.passOn(attempt);
            return new Unavailable(response);
        }
        attempt.handle().responded();
        if (response.code() == 101) {
            events.end(attempt); // WebSockets have their own pings
        } else {
            events.passOn(attempt);
        }
        return new Answered(response);
    }

    private Failed failed(Attempt attempt, IOException e) {
        events.end(attempt);
        boolean callEnded = chain.call().isCanceled() || Thread.currentThread().isInterrupted();
        boolean impatient = AttemptTimeouts.callerIsImpatient(chain, client.options());
        ExchangeState at = attempt.progress().state();
        if (!callEnded && at.stage().isConnecting()) {
            ThroughHttpProxyException.remark(e, attempt.proxies(), "");
        }
        AttemptFailure failure = FailureClassifier.withHint(
                FailureClassifier.classify(at, e, attempt.hungReason(), impatient, callEnded),
                at,
                e,
                attempt.isToHttps());
        switch (failure.cause()) {
            case MEMBER -> attempt.handle().failed(failure.reason());
            case INCONCLUSIVE -> attempt.handle().suspect(failure.reason());
            case CALLER_TIMEOUT -> attempt.handle().timedOut(failure.reason());
            default -> {} // already reported, or not caused by the member
        }
        return new Failed(failure, failure.cause() == Cause.CALLER ? attempt.explainToCaller(e) : e);
    }
}
