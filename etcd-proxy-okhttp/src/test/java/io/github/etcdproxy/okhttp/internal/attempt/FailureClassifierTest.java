package io.github.etcdproxy.okhttp.internal.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.event.FailedAttempt.Phase;
import io.github.etcdproxy.event.Outcome;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.dns.BoundedDns;
import io.github.etcdproxy.okhttp.internal.failover.AttemptFailure;
import io.github.etcdproxy.okhttp.internal.failover.AttemptFailure.Cause;
import io.github.etcdproxy.okhttp.internal.failover.FailureClassifier;
import io.github.etcdproxy.okhttp.internal.failover.StaleConnectionException;
import io.github.etcdproxy.okhttp.internal.failover.StrayResponseException;
import io.github.etcdproxy.okhttp.internal.redirect.ExchangeTarget;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Classification of failures by an exchange's events, with a row for each case of ADR 2 and ADR 9. */
class FailureClassifierTest {

    /** Names of OkHttp's events; {@code pooled} is a connection from the pool, {@code new} a new one. */
    private static ExchangeProgress after(String events) {
        ExchangeProgress progress = new ExchangeProgress();
        for (String event : events.split(" ", -1)) {
            switch (event) {
                case "-" -> {}
                case "given" -> progress.given();
                case "searching" -> progress.searching(ExchangeTarget.MEMBER);
                case "tls" -> progress.secureConnectStart();
                case "tls1.2" -> progress.secureConnectEnd(false);
                case "tls1.3" -> progress.secureConnectEnd(true);
                case "new" -> {
                    progress.connected();
                    progress.acquired();
                }
                case "pooled" -> progress.acquired();
                case "starting" -> progress.starting(ExchangeTarget.MEMBER);
                case "elsewhere" -> progress.starting(ExchangeTarget.REDIRECTED);
                case "other-proxy" -> progress.aim(ExchangeTarget.OTHER_PROXY);
                case "sending" -> progress.sending();
                case "answered" -> progress.answered();
                case "broken" -> progress.broken();
                case "ended" -> progress.ended();
                case "released" -> progress.released();
                default -> throw new IllegalArgumentException(event);
            }
        }
        return progress;
    }

    private static IOException exception(String name) throws Exception {
        return switch (name) {
            case "refused" -> new ConnectException("Connection refused");
            case "timeout" -> new SocketTimeoutException("timeout");
            case "reset" -> new SocketException("Connection reset");
            case "files" -> new SocketException("Too many open files");
            case "eof" -> new IOException("unexpected end of stream");
            case "protocol" -> new ProtocolException("expected 3 bytes but received 7");
            case "own-body" -> new FileNotFoundException("value.txt");
            case "certificate" -> new SSLHandshakeException("Received fatal alert: bad_certificate");
            case "refused-stream" -> new IOException("stream was reset: REFUSED_STREAM");
            case "stale" -> new StaleConnectionException();
            case "stray" -> new StrayResponseException();
            case "late-dns" -> late();
            case "other-proxy" -> new EtcdProxyException(503, "", Outcome.NOT_APPLIED, List.of(), List.of());
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static IOException late() throws Exception {
        Constructor<BoundedDns.LateException> made =
                BoundedDns.LateException.class.getDeclaredConstructor(String.class);
        made.setAccessible(true);
        return made.newInstance("late");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # ADR 2: nothing was sent if OkHttp began to look for a connection and did not begin to write headers
            -                                            | refused        | MEMBER           | CONNECT
            given searching                              | refused        | MEMBER           | CONNECT
            given searching                              | eof            | MEMBER           | CONNECT
            given searching tls                          | certificate    | MEMBER           | CONNECT
            given searching new                          | reset          | MEMBER           | CONNECT
            given pooled                                 | reset          | INCONCLUSIVE     | CONNECT
            given pooled starting                        | stale          | STALE_CONNECTION | CONNECT
            given starting                               | stale          | STALE_CONNECTION | CONNECT
            # whatever is not proven to be unsent counts as sent
            given                                        | eof            | CALLER           | EXCHANGE
            given searching new sending                  | eof            | CALLER           | EXCHANGE
            given searching new sending broken           | eof            | MEMBER           | EXCHANGE
            given pooled starting sending broken         | eof            | INCONCLUSIVE     | EXCHANGE
            given starting sending broken                | eof            | INCONCLUSIVE     | EXCHANGE
            given pooled starting sending answered broken | eof           | INCONCLUSIVE     | EXCHANGE
            given searching new sending broken released  | refused        | MEMBER           | EXCHANGE
            given pooled sending broken searching        | refused        | MEMBER           | EXCHANGE
            # a member that did not process the request
            given pooled starting sending broken         | refused-stream | INCONCLUSIVE     | REFUSED
            given searching new starting sending broken  | refused-stream | INCONCLUSIVE     | REFUSED
            # but not once it has begun to answer
            given pooled starting sending answered broken | refused-stream | INCONCLUSIVE    | EXCHANGE
            # but only if that was the sole exchange of the attempt
            given pooled sending broken sending broken   | refused-stream | INCONCLUSIVE     | EXCHANGE
            # TLS 1.3: the server reads nothing before its handshake is over; before 1.3, after an answer, or later, it may
            given searching tls tls1.3 new sending broken | certificate   | MEMBER           | REFUSED
            given searching tls tls1.2 new sending broken | certificate   | MEMBER           | EXCHANGE
            given searching tls tls1.3 new sending broken | eof           | MEMBER           | EXCHANGE
            given searching tls tls1.3 new sending answered ended sending broken | certificate | INCONCLUSIVE | EXCHANGE
            given pooled sending broken                  | certificate    | INCONCLUSIVE     | EXCHANGE
            # ADR 9: the caller's own
            given searching new sending                  | own-body       | CALLER           | EXCHANGE
            given pooled sending                         | protocol       | CALLER           | EXCHANGE
            given pooled starting                        | own-body       | CALLER           | CONNECT
            given pooled sending answered ended          | eof            | CALLER           | EXCHANGE
            given pooled elsewhere sending broken        | eof            | CALLER           | EXCHANGE
            given pooled sending answered ended elsewhere | refused       | CALLER           | EXCHANGE
            given other-proxy                            | eof            | CALLER           | EXCHANGE
            given                                        | other-proxy    | CALLER           | EXCHANGE
            # the resolver's, this process's
            given searching                              | late-dns       | RESOLVER         | CONNECT
            given searching                              | files          | OPEN_FILE_LIMIT  | CONNECT
            # a timeout of the caller's; while dialing it is the proxy's own, and the member's fault
            given searching                              | timeout        | MEMBER           | CONNECT
            given searching tls                          | timeout        | CALLER_TIMEOUT   | CONNECT
            given searching new sending broken           | timeout        | CALLER_TIMEOUT   | EXCHANGE
            given pooled sending answered broken         | timeout        | CALLER_TIMEOUT   | EXCHANGE
            # a response that was not asked for
            given pooled starting sending answered broken | stray         | STALE_CONNECTION | EXCHANGE
            # a connection found stale before a follow-up
            given pooled starting sending answered ended starting | stale | INCONCLUSIVE     | EXCHANGE
            """)
    void judgesByWhatHadHappened(String events, String exception, Cause cause, Phase phase) throws Exception {
        AttemptFailure failure =
                FailureClassifier.classify(after(events).state(), exception(exception), null, false, false);

        assertThat(failure.cause()).isEqualTo(cause);
        assertThat(failure.phase()).isEqualTo(phase);
    }

    @Test
    void impatientCaller_isNotTheMembersFault() throws Exception {
        assertThat(FailureClassifier.classify(after("given searching").state(), exception("timeout"), null, true, false)
                        .cause())
                .isEqualTo(Cause.CALLER_TIMEOUT);
    }

    @Test
    void hungMember_isNamedWithTheProbes() throws Exception {
        AttemptFailure failure = FailureClassifier.classify(
                after("given pooled sending broken").state(), exception("reset"), "gave no answer", false, false);

        assertThat(failure.cause()).isEqualTo(Cause.MEMBER_HUNG);
        assertThat(failure.reason()).isEqualTo("gave no answer");
        assertThat(failure.silent()).isTrue();
    }

    @Test
    void callThatHasEnded_isTheCallersWhateverElse() throws Exception {
        assertThat(FailureClassifier.classify(
                                after("given searching").state(), exception("refused"), "gave no answer", false, true)
                        .cause())
                .isEqualTo(Cause.CALLER);
    }

    @ParameterizedTest
    @CsvSource({
        "given pooled, reset, true",
        "given pooled sending broken, refused-stream, true",
        "given pooled sending answered ended starting, stale, true",
        "given pooled sending broken, eof, false",
        "given searching, refused, false",
    })
    void sameMemberMayServeOnANewConnection(String events, String exception, boolean mayRepeat) throws Exception {
        assertThat(FailureClassifier.classify(after(events).state(), exception(exception), null, false, false)
                        .mayRepeat())
                .isEqualTo(mayRepeat);
    }

    @Test
    void workOnAnotherThread_provesNothing() throws Exception {
        ExchangeProgress progress = after("given");
        Thread other = new Thread(() -> progress.searching(ExchangeTarget.MEMBER));
        other.start();
        other.join();
        AttemptFailure failure = FailureClassifier.classify(progress.state(), exception("eof"), null, false, false);

        assertThat(failure.phase()).isEqualTo(Phase.EXCHANGE);
        assertThat(failure.cause()).isEqualTo(Cause.INCONCLUSIVE);
    }

    @Test
    void takenOverByAnotherProxy_staysSo() {
        ExchangeProgress progress = after("given other-proxy searching new starting sending");
        assertThat(progress.isAtMember()).isFalse();
    }
}
