package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.FailureHint.Server;
import io.github.etcdproxy.internal.failure.OpenFileLimit;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.dns.BoundedDns;
import io.github.etcdproxy.okhttp.internal.failover.AttemptFailure.Cause;
import io.github.etcdproxy.okhttp.internal.failover.ExchangeState.Stage;
import io.github.etcdproxy.okhttp.internal.readonly.ReadOnlyGuard;
import io.github.etcdproxy.okhttp.internal.redirect.ExchangeTarget;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Classifies a failed attempt by its progress rather than by the type of the exception (ADR 2 and 9). Pure functions.
 */
public final class FailureClassifier {

    private FailureClassifier() {}

    /**
     * Classifies a failure.
     *
     * @param at the progress of the attempt
     * @param e the exception
     * @param abortReason why we closed its connection; null if we did not
     * @param impatient whether the caller's connect timeout is shorter than the option's
     * @param callEnded whether the call was canceled or its thread interrupted
     */
    public static AttemptFailure classify(
            ExchangeState at, IOException e, @Nullable String abortReason, boolean impatient, boolean callEnded) {
        Phase phase = phase(at, e);
        boolean silent = abortReason != null || (e instanceof SocketTimeoutException && at.exchanges() > 0);
        return new AttemptFailure(
                callEnded ? Cause.CALLER : cause(at, e, abortReason, impatient),
                phase,
                at.reused() && (phase != Phase.EXCHANGE || e instanceof StaleConnectionException),
                silent,
                abortReason != null ? abortReason : ErrorText.of(e));
    }

    /**
     * Adds a hint at the mistake in the configuration that may have led to a failure.
     *
     * @param failure the failure as classified
     * @param at the progress of the attempt
     * @param e the exception
     * @param https whether the member's URL is an https URL
     * @return the same failure if it is not typical of a mistake
     */
    public static AttemptFailure withHint(AttemptFailure failure, ExchangeState at, IOException e, boolean https) {
        if (failure.cause() != Cause.MEMBER || at.stage() == Stage.CUT || at.target() != ExchangeTarget.MEMBER) {
            return failure;
        }
        return new AttemptFailure(
                failure.cause(),
                failure.phase(),
                failure.mayRepeat(),
                failure.silent(),
                ErrorText.of(e, Server.MEMBER, https));
    }

    private static Phase phase(ExchangeState at, IOException e) {
        if (at.stage() == Stage.NEW || (at.exchanges() == 0 && at.stage().isKnown() && !at.offThread())) {
            return Phase.CONNECT;
        }
        // A server that has begun to respond has read the request.
        boolean refused = isUnread(at, e) || (at.stage() != Stage.CUT && Http2Unprocessed.isRefusedStream(e));
        return at.exchanges() == 1 && refused ? Phase.REFUSED : Phase.EXCHANGE;
    }

    /**
     * Whether the server can't have read the request, since its TLS 1.3 handshake had not finished when the request was
     * sent. Before version 1.3, a handshake may also follow the request. A response shows that the server has read it.
     */
    private static boolean isUnread(ExchangeState at, IOException e) {
        boolean unanswered = at.stage() == Stage.SENDING || at.stage() == Stage.BROKEN;
        return unanswered && !at.reused() && at.tls13() && Http2Unprocessed.isHandshakeFailure(e);
    }

    private static Cause cause(ExchangeState at, IOException e, @Nullable String abortReason, boolean impatient) {
        if (abortReason != null) {
            return Cause.MEMBER_HUNG;
        }
        if (e instanceof ReadOnlyGuard.NotAReadException) {
            return Cause.NOT_A_READ;
        }
        boolean unsent = at.exchanges() == 0;
        if (e instanceof StrayResponseException || (e instanceof StaleConnectionException && unsent)) {
            return Cause.STALE_CONNECTION;
        }
        if (e instanceof StaleConnectionException) {
            return Cause.INCONCLUSIVE; // before a follow-up request
        }
        if (e instanceof BoundedDns.LateException) {
            return Cause.RESOLVER;
        }
        if (e instanceof EtcdProxyException || at.target() != ExchangeTarget.MEMBER) {
            return Cause.CALLER; // another proxy, or another server
        }
        if (at.stage() != Stage.NEW && !isOfNetwork(at, e)) {
            return Cause.CALLER;
        }
        if (unsent && OpenFileLimit.isReached(e)) {
            return Cause.OPEN_FILE_LIMIT;
        }
        boolean dialing = at.stage().isConnecting() && at.stage() != Stage.TLS_HANDSHAKE;
        if (e instanceof SocketTimeoutException && (impatient || !dialing)) {
            return Cause.CALLER_TIMEOUT;
        }
        return at.reused() || at.offThread() || Http2Unprocessed.isRefusedStream(e) ? Cause.INCONCLUSIVE : Cause.MEMBER;
    }

    /** Whether the network failed. Exceptions of the caller's body or interceptors leave no trace in the progress. */
    private static boolean isOfNetwork(ExchangeState at, IOException e) {
        return at.stage() == Stage.BROKEN
                || at.stage() == Stage.CUT
                || at.stage().isConnecting()
                || (at.stage() == Stage.ACQUIRED && e instanceof SocketException);
    }
}
