package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.event.ForwardedCall;
import io.github.etcdproxy.mode.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.CallAttempt.Fault;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.HungMemberWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import okhttp3.Headers;
import okhttp3.Interceptor.Chain;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** One call's way from member to member, until one responds. Used by the call's thread. */
final class AttemptLoop {
    private final Chain chain;
    private final Request request;
    private final RequestKind kind;
    private final ProxyOptions options;
    private final HungMemberWatch watch;
    private final MemberUrls memberUrls;
    private final boolean impatient;
    private final Via via;
    private final Headers forwarded;
    private final @Nullable RequestBody body;
    private final long began = System.nanoTime();
    private final List<FailedAttempt> attempts = new ArrayList<>(0);
    private final List<IOException> failures = new ArrayList<>(0);
    private int tried;
    private boolean triedTwice;
    private boolean lastGaveNoAnswer;

    /** The answer of a member that couldn't serve, in case that no other does better. */
    private @Nullable Response unserved;

    AttemptLoop(
            Chain chain,
            InspectedRequest inspected,
            ProxyOptions options,
            HungMemberWatch watch,
            MemberUrls memberUrls,
            Via via) {
        this.request = chain.request();
        this.kind = inspected.kind();
        this.body = inspected.body();
        this.options = options;
        this.watch = watch;
        this.memberUrls = memberUrls;
        this.via = via;
        this.forwarded = HopHeaders.forwarded(request, via);
        this.impatient = AttemptTimeouts.callerIsImpatient(chain, options);
        Chain bounded = AttemptTimeouts.on(chain, request, options);
        // Beneath us, OkHttp would send again what it can't know to be a write.
        this.chain = kind == RequestKind.WRITE ? bounded.withRetryOnConnectionFailure(false) : bounded;
    }

    /**
     * Tries the members in turn.
     *
     * @return a member's response
     * @throws NoResponseException if none gave one
     * @throws IOException what the caller's own doing led to, as it would have without us
     */
    Response run(List<EtcdUrl> order) throws NoResponseException, IOException {
        boolean single = request.tag(Failover.class) == Failover.NEVER;
        Deque<EtcdUrl> members = new ArrayDeque<>(single ? order.subList(0, 1) : order);
        boolean goOn = true;
        for (EtcdUrl member = members.poll(); member != null && goOn; member = members.poll()) {
            Response response = null;
            CallAttempt attempt = CallAttempt.begin(chain.call(), member, kind == RequestKind.WRITE, watch);
            tried++;
            try {
                response = respond(attempt, member, members.isEmpty());
            } catch (IOException e) {
                goOn = failed(attempt, member, e);
                if (!triedTwice && attempt.deservesSecondTry(e)) {
                    triedTwice = true;
                    members.add(member);
                }
            } catch (RuntimeException | Error e) {
                attempt.finish();
                throw e;
            }
            if (response != null) {
                tell(member, response);
                return response;
            }
        }
        boolean mayBeApplied =
                kind == RequestKind.WRITE && attempts.stream().anyMatch(attempt -> attempt.phase() == Phase.EXCHANGE);
        if (unserved != null && !mayBeApplied) {
            return unserved;
        }
        throw new NoResponseException(ProxyError.noResponse(kind, attempts, failures, lastGaveNoAnswer));
    }

    private void tell(EtcdUrl member, Response response) {
        Duration time = Duration.ofNanos(System.nanoTime() - began);
        options.listener().callForwarded(new ForwardedCall(member, request.method(), response.code(), tried, time));
    }

    /** A member's response, of which as much has come as is needed to know that this member serves; null if it doesn't. */
    private @Nullable Response respond(CallAttempt attempt, EtcdUrl member, boolean last) throws IOException {
        OurCall ours = OurCall.attempting(chain.call(), kind, options, attempt);
        Request sent = request.newBuilder()
                .url(memberUrls.at(member, request.url()))
                .headers(forwarded)
                .method(request.method(), body)
                .build();
        attempt.handedOver(sent);
        Response response = Proceeding.with(() -> chain.proceed(sent));
        if (response.networkResponse() == null) {
            attempt.finish(); // a cache, or an interceptor, has answered, which proves nothing
            return restore(response, sent);
        }
        try {
            response = FollowUps.restore(ours, awaitBody(attempt.watching(response), sent));
            String refusal = attempt.isElsewhere() ? null : Unserved.reason(response);
            if (attempt.isElsewhere()) {
                attempt.finish(); // a redirect led to somebody else
            } else if (refusal == null) {
                attempt.responded();
            } else {
                attempt.unserved("answered " + response.code() + ": " + refusal);
                if (!last && ReplayRule.mayTryNext(request, kind, Phase.EXCHANGE)) {
                    unserved = restore(Unserved.withoutConnection(response), sent);
                    attempt.finish();
                    return null;
                }
            }
            attempt.handedOut();
            return restore(response, sent);
        } catch (IOException e) {
            response.close();
            throw e;
        }
    }

    /** The response as the caller asked for it. */
    private Response restore(Response response, Request sent) {
        return HopHeaders.forwarded(MemberUrls.restore(response, request, sent, via));
    }

    /** Judges a failure; returns whether the call may go on. */
    private boolean failed(CallAttempt attempt, EtcdUrl member, IOException e) throws IOException {
        attempt.finish();
        Fault fault = attempt.fault(e, impatient);
        if (fault == Fault.CALLERS
                || chain.call().isCanceled()
                || Thread.currentThread().isInterrupted()) {
            throw e; // no member's fault
        }
        String reason = attempt.reason(e);
        attempt.blame(fault, reason);
        FailedAttempt failedAttempt = new FailedAttempt(member, attempt.phase(e), reason);
        attempts.add(failedAttempt);
        failures.add(e);
        lastGaveNoAnswer = attempt.gotNoAnswer(e);
        options.listener().attemptFailed(failedAttempt);
        return ReplayRule.mayTryNext(request, kind, failedAttempt.phase());
    }

    private Response awaitBody(Response response, Request sent) throws IOException {
        ResponseBody body = response.body();
        // Only a 200 of etcd's has a body that is worth waiting for.
        if (response.code() != 200 || !ReplayRule.awaitsBody(kind, sent.method(), sent.url(), body.contentLength())) {
            return response;
        }
        try {
            BufferedSource source = body.source();
            source.request(ReplayRule.AWAITED_BODY_BYTES);
            // An interceptor's body may give another source each time: what was read must be passed on.
            return response.newBuilder().body(new SourcedBody(body, source)).build();
        } catch (IllegalStateException e) {
            return response; // an interceptor behind ours has read the body and closed it
        }
    }
}
