package io.github.etcdproxy.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.time.TaskRunner;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/**
 * Detects members that fall silent while attempts wait for them: frozen processes, cut cables, and anything else that
 * accepts connections but does not respond. There is one for each HTTP client; probes use that client's settings.
 *
 * <p>A timeout can't tell a slow response from none. So a member that has been silent for half a second while an
 * attempt waits for it is probed. If the probe fails, the waiting attempts are notified and the member is down. A
 * second probe starts before the first has ended, for attempts that need more certainty. While probes succeed, attempts
 * keep waiting. Idle while no attempt is waiting. Thread safe.
 *
 * @since 0.1
 */
public final class HangDetector {
    /** How long a member may be silent before it is probed. */
    static final Duration SILENCE = Duration.ofMillis(500);

    /** The delay of the second probe after an unanswered first one. */
    static final Duration SECOND_PROBE = Duration.ofMillis(400);

    /** After this many consecutive timeouts without a response, even a member that answers probes has failed. */
    static final int CONSECUTIVE_TIMEOUTS = 3;

    private static final int MAX_PROBES_AT_ONCE = 2;

    private final TaskRunner tasks;
    private final MemberProbe probe;
    private final MemberStateSink states;
    private final Map<EtcdUrl, Watched> watched = new ConcurrentHashMap<>();

    HangDetector(TaskRunner tasks, MemberProbe probe, MemberStateSink states) {
        this.tasks = tasks;
        this.probe = probe;
        this.states = states;
    }

    /**
     * Begins an attempt that waits for the member. While the member is silent, it is probed, and if the probes fail,
     * {@link WaitingAttempt#abort} is called.
     *
     * @param url one of the registry's URLs
     * @param attempt referenced only while it waits
     * @return the attempt's handle
     */
    public AttemptHandle begin(EtcdUrl url, WaitingAttempt attempt) {
        AttemptHandle handle = prepare(url, attempt);
        handle.resume();
        return handle;
    }

    /**
     * Begins an attempt that does not wait until {@link AttemptHandle#resume}.
     *
     * @param url one of the registry's URLs
     * @param attempt referenced only while it waits
     * @return the attempt's handle
     */
    public AttemptHandle prepare(EtcdUrl url, WaitingAttempt attempt) {
        Watched member = watched.get(url);
        if (member == null) {
            watched.keySet().removeIf(known -> !states.isKnown(known)); // attempts that still wait keep theirs
            member = watched.computeIfAbsent(url, Watched::new);
        }
        return new AttemptHandle(member, attempt);
    }

    /** The attempts that wait for one member, and when it was last heard. */
    final class Watched {
        private final EtcdUrl url;
        private final Set<AttemptHandle> open = ConcurrentHashMap.newKeySet();
        private volatile long heardAt = tasks.now();

        /** Whether a tick is scheduled. Written under the lock, read without it. */
        private volatile boolean ticking;

        /** Timeouts of callers since the last response. Written under the lock, read without it. */
        private volatile int timeouts;

        @GuardedBy("this")
        private int probesUnderWay;

        @GuardedBy("this")
        private long lastTimeoutAt;

        Watched(EtcdUrl url) {
            this.url = url;
        }

        long now() {
            return tasks.now();
        }

        void resumed(AttemptHandle attempt) {
            open.add(attempt);
            if (!ticking) {
                startTicking();
            }
        }

        void ended(AttemptHandle attempt) {
            open.remove(attempt);
        }

        void heard() {
            heardAt = tasks.now();
        }

        void responded(long beganAt) {
            if (timeouts > 0) {
                forgiveTimeouts();
            }
            states.responded(url, beganAt);
        }

        private synchronized void forgiveTimeouts() {
            timeouts = 0;
        }

        void failed(String cause) {
            states.failed(url, cause, probe);
        }

        void timedOut(String cause, long beganAt) {
            int consecutive;
            synchronized (this) {
                // Concurrent timeouts count as one: the member, or this process, may have paused.
                if (timeouts == 0 || beganAt - lastTimeoutAt >= 0) {
                    timeouts++;
                    lastTimeoutAt = tasks.now();
                }
                consecutive = timeouts;
            }
            if (consecutive < CONSECUTIVE_TIMEOUTS) {
                suspect(cause);
            } else {
                forgiveTimeouts();
                failed(cause + ", " + consecutive + " consecutive times");
            }
        }

        private synchronized void startTicking() {
            if (!ticking && !states.isClosed()) {
                ticking = true;
                tickIn(SILENCE);
            }
        }

        private void tickIn(Duration delay) {
            Future<?> next = tasks.schedule(this::tick, delay);
            if (next.isCancelled()) {
                ticking = false; // the executor rejected the task; try again later
            }
        }

        /** Checks whether the member has been silent for too long, and schedules the next check. Run by the timer. */
        private synchronized void tick() {
            // The order matters: an attempt that is added too late to be seen here reads false and schedules a tick.
            ticking = false;
            if (open.isEmpty() || states.isClosed()) {
                return;
            }
            ticking = true;
            endInterruptedWaits();
            Duration silence = silence();
            boolean tooLong = silence.compareTo(SILENCE) >= 0;
            tickIn(tooLong ? SECOND_PROBE : SILENCE.minus(silence));
            if (tooLong && probesUnderWay < MAX_PROBES_AT_ONCE) {
                startProbe("");
            }
        }

        private void endInterruptedWaits() {
            for (AttemptHandle waiting : open) {
                if (waiting.isInterrupted()) {
                    boolean unused =
                            tasks.execute(waiting.attempt()::interrupted); // if rejected, the next tick tries again
                }
            }
        }

        /** How long the member has been silent: since the oldest wait began and the member was last heard. */
        private Duration silence() {
            long now = tasks.now();
            long longest = 0;
            for (AttemptHandle attempt : open) {
                longest = Math.max(longest, now - attempt.waitingSince());
            }
            return Duration.ofNanos(Math.min(longest, now - heardAt));
        }

        synchronized void suspect(String cause) {
            if (probesUnderWay == 0 && !states.isClosed()) {
                startProbe(cause + "; ");
            }
        }

        @GuardedBy("this")
        private void startProbe(String context) {
            long began = tasks.now();
            if (tasks.execute(() -> probe(began, context))) {
                probesUnderWay++;
            }
        }

        private void probe(long began, String context) {
            MemberProbe.Result result = probe.probe(url);
            synchronized (this) {
                probesUnderWay--;
            }
            switch (result.verdict()) {
                case ALIVE -> heard(); // not enough to bring it back up
                case DEAD -> probeFailed(began, context, result.reason());
                case INCONCLUSIVE -> {} // the next one may be conclusive
            }
        }

        private void probeFailed(long began, String context, String failure) {
            long took = tasks.now() - began;
            long heard = heardAt;
            if (states.isClosed()
                    || heard - began > 0 // it was heard on another connection meanwhile
                    || took > probe.timeout().toNanos() / 10 * 12) { // this JVM was paused; the probe is inconclusive
                return;
            }
            failed(context + "a probe got no answer: " + failure);
            for (AttemptHandle waiting : open) {
                if (began - waiting.waitingSince() >= 0) {
                    int consecutive;
                    synchronized (this) {
                        consecutive = waiting.probeFailed(began, heard);
                    }
                    waiting.attempt()
                            .abort(
                                    consecutive,
                                    "gave no answer, nor to " + (consecutive == 1 ? "a probe" : consecutive + " probes")
                                            + ": " + failure);
                }
            }
        }
    }
}
