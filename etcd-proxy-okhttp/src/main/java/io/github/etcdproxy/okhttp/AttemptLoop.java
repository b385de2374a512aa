package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.event.ForwardedCall;
import io.github.etcdproxy.mode.RequestKind;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.CallAttempt.Fault;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import okhttp3.Interceptor.Chain;
import okhttp3.Request;
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
    private final ClientUrlRegistry registry;
    private final MemberUrls memberUrls;
    private final boolean impatient;
    private final List<FailedAttempt> attempts = new ArrayList<>(0);
    private final List<IOException> failures = new ArrayList<>(0);

    /** The answer of a member that couldn't serve, in case that no other does better. */
    private @Nullable Response unserved;

    private boolean lastGaveNoAnswer;

    AttemptLoop(
            Chain chain, RequestKind kind, ProxyOptions options, ClientUrlRegistry registry, MemberUrls memberUrls) {
        this.request = chain.request();
        this.kind = kind;
        this.options = options;
        this.registry = registry;
        this.memberUrls = memberUrls;
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
        if (kind == RequestKind.WRITE) {
            NoResend.applyTo(chain.call());
        }
        long began = System.nanoTime();
        Deque<EtcdUrl> members = new ArrayDeque<>(order);
        boolean onceMore = true;
        boolean goOn = true;
        for (EtcdUrl member = members.poll(); member != null && goOn; member = members.poll()) {
            CallAttempt attempt = CallAttempt.begin(chain.call(), member, kind == RequestKind.WRITE, registry);
            try {
                Response response = respond(attempt, member);
                if (response.networkResponse() == null) {
                    attempt.finish(); // a cache, or an interceptor, has answered
                } else if (isUnserved(response, member) && !members.isEmpty() && mayTryNext(Phase.EXCHANGE)) {
                    keep(response);
                    attempt.finish();
                    continue;
                }
                Duration time = Duration.ofNanos(System.nanoTime() - began);
                options.listener()
                        .callForwarded(new ForwardedCall(
                                member, request.method(), response.code(), attempts.size() + 1, time));
                return attempt.watching(response);
            } catch (IOException e) {
                goOn = failed(attempt, member, e);
                if (onceMore && attempt.deservesFreshConnection(e)) {
                    onceMore = false;
                    members.add(member);
                }
            } catch (RuntimeException | Error e) {
                attempt.finish();
                throw e;
            }
        }
        if (unserved != null) {
            return unserved;
        }
        throw new NoResponseException(ProxyError.noResponse(kind, attempts, failures, lastGaveNoAnswer));
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
        switch (fault) {
            case MEMBERS -> registry.failed(member, reason);
            case SUSPECTED -> registry.suspect(member, reason);
            default -> {} // the registry itself has found it hung
        }
        FailedAttempt failedAttempt = new FailedAttempt(member, attempt.phase(e), reason);
        options.listener().attemptFailed(failedAttempt);
        attempts.add(failedAttempt);
        failures.add(e);
        lastGaveNoAnswer = attempt.gotNoAnswer(e);
        return mayTryNext(failedAttempt.phase());
    }

    private boolean mayTryNext(Phase phase) {
        return ReplayRule.mayTryNext(request, kind, phase);
    }

    /** A member's response, of which as much has come as is needed to know that this member answers. */
    private Response respond(CallAttempt attempt, EtcdUrl member) throws IOException {
        Request sent =
                request.newBuilder().url(memberUrls.at(member, request.url())).build();
        attempt.handedOver();
        Response response = Proceeding.with(() -> chain.proceed(sent));
        if (response.networkResponse() != null) { // a cache's answer proves nothing
            attempt.responded();
            response = awaitBody(response, sent);
        }
        return MemberUrls.restore(NoResend.restore(chain.call(), response), request, sent);
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

    private boolean isUnserved(Response response, EtcdUrl member) throws IOException {
        try {
            String reason = Unserved.reason(response);
            if (reason != null) {
                registry.failed(member, "answered " + response.code() + ": " + reason);
            }
            return reason != null;
        } catch (IllegalStateException e) {
            return false; // an interceptor behind ours has read the body and closed it
        } catch (IOException e) {
            response.close();
            throw e;
        }
    }

    /** Keeps an answer without its connection. */
    private void keep(Response response) throws IOException {
        try (ResponseBody body = response.body()) {
            unserved = response.newBuilder()
                    .body(ResponseBody.create(body.byteString(), body.contentType()))
                    .build();
        }
    }
}
