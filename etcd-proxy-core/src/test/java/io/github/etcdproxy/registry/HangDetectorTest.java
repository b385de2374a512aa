package io.github.etcdproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.time.TaskRunner;
import io.github.etcdproxy.time.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/**
 * Members that fall silent, on a manual clock. In production probes have their own thread; here they are queued and end
 * when the test says so.
 */
class HangDetectorTest {
    private static final EtcdUrl A = EtcdUrl.of("http://a:2379");
    private static final EtcdUrl B = EtcdUrl.of("http://b:2379");
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private final Deque<Runnable> probes = new ArrayDeque<>();
    private final List<String> failures = new ArrayList<>();
    private final List<String> cuts = new ArrayList<>();
    private Set<EtcdUrl> known = Set.of(A, B);
    private boolean silent;
    private boolean closed;
    private boolean throwing;
    private boolean outOfFiles;
    private boolean refusing;

    private final HangDetector hangDetector = new HangDetector(
            new TaskRunner(time, this::schedule, probes::add, new Random(1)),
            new MemberProbe(this::answer, PROBE_TIMEOUT),
            new MemberStateSink() {
                @Override
                public void responded(EtcdUrl url, long beganAt) {}

                @Override
                public void failed(EtcdUrl url, String cause, MemberProbe probe) {
                    failures.add(url + " " + cause);
                }

                @Override
                public boolean isKnown(EtcdUrl url) {
                    return known.contains(url);
                }

                @Override
                public boolean isClosed() {
                    return closed;
                }
            });

    private Future<?> schedule(Runnable task, Duration delay) {
        if (refusing) {
            throw new RejectedExecutionException();
        }
        return time.schedule(task, delay);
    }

    private PeerResponse answer(PeerRequest request) throws IOException {
        if (throwing) {
            throw new StackOverflowError();
        }
        if (outOfFiles) {
            throw new SocketException("Too many open files");
        }
        if (silent) {
            throw new IOException("timeout");
        }
        return new PeerResponse(200, Map.of(), InputStream.nullInputStream());
    }

    private WaitingAttempt attempt(String name) {
        return (failedProbes, reason) -> cuts.add(name + " " + failedProbes + " " + reason);
    }

    private void pass(int millis) {
        time.advance(Duration.ofMillis(millis));
    }

    private void endProbe() {
        probes.remove().run();
    }

    @Test
    void silentMember_isProbedTwice() {
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        pass(499);
        assertThat(probes).isEmpty();
        pass(1);
        assertThat(probes).hasSize(1);
        pass(400);
        assertThat(probes).hasSize(2);
        pass(500);
        assertThat(probes).hasSize(2);

        silent = true;
        pass(100); // the first has had its second
        endProbe();
        assertThat(failures).containsExactly("http://a:2379 a probe got no answer: timeout");
        assertThat(cuts).containsExactly("call 1 gave no answer, nor to a probe: timeout");
        pass(400);
        endProbe();
        assertThat(cuts).last().isEqualTo("call 2 gave no answer, nor to 2 probes: timeout");
        assertThat(time.read()).isNotZero();
    }

    @Test
    void slowResponse_ofLiveMember_isNotAborted() {
        WaitingAttempt call = attempt("call");
        AttemptHandle open = hangDetector.begin(A, call);
        for (int i = 0; i < 600; i++) {
            pass(100);
            probes.forEach(Runnable::run);
            probes.clear();
        }
        open.heard();
        open.end();

        assertThat(cuts).isEmpty();
        assertThat(failures).isEmpty();
    }

    @Test
    void memberHeardByOtherCalls_isNotProbed() {
        WaitingAttempt longPoll = attempt("long poll");
        hangDetector.begin(A, longPoll);
        for (int i = 0; i < 100; i++) {
            WaitingAttempt call = attempt("short");
            AttemptHandle open = hangDetector.begin(A, call);
            pass(300);
            open.heard();
            open.end();
        }
        assertThat(probes).isEmpty();
    }

    @Test
    void interruptedWaiterIsNotifiedWithinHalfASecond() {
        List<String> interrupts = new ArrayList<>();
        hangDetector.begin(A, new WaitingAttempt() {
            @Override
            public void abort(int failedProbes, String reason) {}

            @Override
            public void interrupted() {
                interrupts.add("interrupted");
            }
        });
        pass(499);
        assertThat(probes).isEmpty();
        try {
            Thread.currentThread().interrupt();
            pass(1);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        probes.forEach(Runnable::run);
        assertThat(interrupts).containsExactly("interrupted");
    }

    @Test
    void openFileLimit_probeIsInconclusive() {
        hangDetector.begin(A, attempt("call"));
        outOfFiles = true;
        pass(500);
        endProbe();
        pass(400);
        endProbe();
        assertThat(failures).isEmpty();
        assertThat(cuts).isEmpty();

        outOfFiles = false;
        silent = true;
        pass(400);
        endProbe();
        assertThat(cuts).containsExactly("call 1 gave no answer, nor to a probe: timeout");
    }

    @Test
    void nobodyWaitingNothingHappens() {
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call).end();
        pass(60_000);

        assertThat(probes).isEmpty();
        assertThat(time.pending()).isZero();

        hangDetector.begin(A, call);
        pass(500);
        assertThat(probes).hasSize(1);
    }

    @Test
    void anAnswerWhileAProbeFailsMakesItVoid() {
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        pass(600);
        WaitingAttempt other = attempt("other");
        hangDetector.begin(A, other).heard();
        silent = true;
        pass(900);
        endProbe();

        assertThat(failures).isEmpty();
        assertThat(cuts).isEmpty();
    }

    @Test
    void failuresBeforeAnAnswerDoNotCount() {
        WaitingAttempt call = attempt("call");
        AttemptHandle open = hangDetector.begin(A, call);
        silent = true;
        pass(500);
        endProbe();
        pass(1);
        open.heard();
        pass(500);
        endProbe();

        assertThat(cuts).hasSize(2).allMatch(cut -> cut.startsWith("call 1 "));
    }

    @Test
    void processPaused_probeIsInconclusive() {
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        pass(500);
        silent = true;
        pass(30_000); // a one-second probe took half a minute: this JVM was paused
        endProbe();

        assertThat(failures).isEmpty();
        assertThat(cuts).isEmpty();
    }

    @Test
    void attemptAfterProbe_isNotAborted() {
        WaitingAttempt early = attempt("early");
        hangDetector.begin(A, early);
        pass(700);
        WaitingAttempt late = attempt("late");
        hangDetector.begin(A, late);
        silent = true;
        pass(800);
        endProbe();

        assertThat(cuts).hasSize(1).allMatch(cut -> cut.startsWith("early "));
    }

    @Test
    void membersAreWatchedEachOnItsOwn() {
        WaitingAttempt ofA = attempt("A");
        WaitingAttempt ofB = attempt("B");
        hangDetector.begin(A, ofA);
        hangDetector.begin(B, ofB).end();
        pass(500);
        silent = true;
        endProbe();

        assertThat(cuts).hasSize(1).allMatch(cut -> cut.startsWith("A "));
        assertThat(failures).hasSize(1).allMatch(cause -> cause.startsWith(A.toString()));
    }

    @Test
    void removedMember_isProbedWhileAwaited() {
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        known = Set.of(B);
        WaitingAttempt other = attempt("other");
        hangDetector.begin(B, other).end();
        silent = true;
        pass(500);
        endProbe();

        assertThat(cuts).hasSize(1);
    }

    @Test
    void suspicionsAreProbedOnceAtATime() {
        WaitingAttempt call = attempt("call");
        AttemptHandle ended = hangDetector.begin(A, call);
        ended.end();
        for (int i = 0; i < 100; i++) {
            ended.suspect("the connection broke");
        }
        assertThat(probes).hasSize(1);
        silent = true;
        pass(1);
        endProbe();
        assertThat(failures).containsExactly("http://a:2379 the connection broke; a probe got no answer: timeout");

        ended.suspect("again");
        assertThat(probes).hasSize(1);
    }

    @Test
    void timeoutsOfManyCallersAtOnceAreOne() {
        WaitingAttempt call = attempt("call");
        List<AttemptHandle> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.add(hangDetector.begin(A, call));
        }
        pass(300);
        calls.forEach(open -> open.timedOut("timed out"));
        assertThat(failures).isEmpty();
    }

    @Test
    void bodyReadLater_waitStartsThen() {
        WaitingAttempt call = attempt("call");
        AttemptHandle open = hangDetector.begin(A, call);
        open.end();
        pass(10_000);
        open.resume();
        silent = true;
        pass(499);
        assertThat(probes).isEmpty();
        pass(1);
        endProbe();
        assertThat(cuts).hasSize(1);
    }

    @Test
    void consecutiveCallerTimeouts_takeMemberDown() {
        WaitingAttempt call = attempt("call");
        for (int i = 0; i < 2; i++) {
            hangDetector.begin(A, call).timedOut("timed out");
            endProbe();
        }
        hangDetector.begin(A, call).responded();
        hangDetector.begin(A, call).timedOut("timed out");
        endProbe();
        hangDetector.begin(A, call).timedOut("timed out");
        endProbe();
        assertThat(failures).isEmpty();

        hangDetector.begin(A, call).timedOut("timed out");
        assertThat(failures).containsExactly("http://a:2379 timed out, 3 consecutive times");
    }

    @Test
    void probe_throwsError_counts() {
        throwing = true;
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        pass(500);
        for (int i = 0; i < 2; i++) {
            endProbe();
            pass(400);
        }
        assertThat(cuts)
                .containsExactly(
                        "call 1 gave no answer, nor to a probe: the transport threw StackOverflowError",
                        "call 2 gave no answer, nor to 2 probes: the transport threw StackOverflowError");
        throwing = false;
        silent = true;
        endProbe();
        assertThat(cuts).hasSize(3);
    }

    @Test
    void probeFailedBeforeAttempt_isNotReported() {
        WaitingAttempt early = attempt("early");
        hangDetector.begin(A, early);
        silent = true;
        pass(500);
        endProbe();
        cuts.clear();
        pass(1);
        WaitingAttempt write = attempt("write");
        hangDetector.begin(A, write);
        pass(400);
        endProbe();

        assertThat(cuts).anyMatch(cut -> cut.startsWith("early 2 ")).anyMatch(cut -> cut.startsWith("write 1 "));
    }

    @Test
    void executorRejectsForAWhile_detectionContinues() {
        refusing = true;
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        pass(10_000);
        assertThat(probes).isEmpty();
        refusing = false;
        WaitingAttempt next = attempt("next");
        hangDetector.begin(A, next);
        pass(500);
        assertThat(probes).hasSize(1);
    }

    @Test
    void afterCloseNobodyIsProbedOrCut() {
        WaitingAttempt call = attempt("call");
        hangDetector.begin(A, call);
        pass(500);
        closed = true;
        silent = true;
        endProbe();
        pass(60_000);
        hangDetector.begin(A, call).suspect("late");

        assertThat(probes).isEmpty();
        assertThat(failures).isEmpty();
        assertThat(cuts).isEmpty();
        assertThat(time.pending()).isZero();
    }
}
