package io.github.etcdproxy.registry;

import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.time.TaskRunner;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/**
 * Notices members that have fallen silent while attempts wait for them: frozen processes, cut cables, whatever accepts a
 * connection and says nothing. There is one for each HTTP client, whose way to the members its probes take.
 *
 * <p>No timeout can tell a slow answer from none. So when a member has not been heard for half a second while somebody waits
 * for it, it is probed; and when the probe fails, those who wait are told, and the member is down. A second probe begins
 * before the first has ended, for attempts that need more certainty. As long as probes are answered, waiting goes on.
 * Nobody waiting, nothing happens. Thread safe.
 */
public final class HangDetector {
    /** How long a member may be silent before it is probed. */
    static final Duration SILENCE = Duration.ofMillis(500);

    /** How long after a probe that has no answer yet the next begins. */
    static final Duration SECOND_PROBE = Duration.ofMillis(400);

    /** After so many timeouts, one after the other, without a response in between, a member that answers probes has failed. */
    static final int TIMEOUTS_IN_A_ROW = 3;

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
     * Tells that an attempt begins and waits for the member. While the member is silent, it is probed, and if the probes fail,
     * {@link Abortable#abort} is called.
     *
     * @param url one of the registry's URLs
     * @param attempt held while it waits
     * @return to be told what comes of it
     */
    public AttemptHandle begin(EtcdUrl url, Abortable attempt) {
        AttemptHandle handle = prepare(url, attempt);
        handle.resume();
        return handle;
    }

    /**
     * The same for an attempt that does not wait yet, but from {@link AttemptHandle#resume} on.
     *
     * @param url one of the registry's URLs
     * @param attempt held while it waits
     * @return to be told what comes of it
     */
    public AttemptHandle prepare(EtcdUrl url, Abortable attempt) {
        Watched member = watched.get(url);
        if (member == null) {
            watched.keySet().removeIf(known -> !states.isKnown(known)); // those who still wait for one keep it
            member = watched.computeIfAbsent(url, Watched::new);
        }
        return new AttemptHandle(member, attempt);
    }

    /** What is awaited of one member, and what was heard of it. */
    final class Watched {
        private final EtcdUrl url;
        private final Set<AttemptHandle> open = ConcurrentHashMap.newKeySet();
        private volatile long heardAt = tasks.now();

        /** Whether a tick is scheduled. Set under the lock, read without. */
        private volatile boolean ticking;

        /** Timeouts of callers since the last response. Set under the lock, read without. */
        private volatile int timeouts;

        // Guarded by this.
        private int probesUnderWay;
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
            int inARow;
            synchronized (this) {
                // Those of many attempts at once are one: the member may have paused for a moment, or we may have.
                if (timeouts == 0 || beganAt - lastTimeoutAt >= 0) {
                    timeouts++;
                    lastTimeoutAt = tasks.now();
                }
                inARow = timeouts;
            }
            if (inARow < TIMEOUTS_IN_A_ROW) {
                suspect(cause);
            } else {
                forgiveTimeouts();
                failed(cause + ", " + inARow + " times in a row");
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
                ticking = false; // the caller's executor refuses; perhaps not for ever
            }
        }

        /** Looks whether the member has been silent for too long, and when to look again. Run by the timer. */
        private synchronized void tick() {
            // In this order: whoever opens an attempt that is not seen here sees that nobody ticks.
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
                    boolean unused = tasks.execute(waiting.attempt()::interrupted); // or the next tick tries again
                }
            }
        }

        /** Since when the member owes an answer: the oldest attempt began, and nothing has been heard from then on. */
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

        /** Guarded by this. */
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
                case ALIVE -> heard(); // but it takes more to come back
                case DEAD -> probeFailed(began, context, result.reason());
                case INCONCLUSIVE -> {} // the next one may say more
            }
        }

        private void probeFailed(long began, String context, String failure) {
            long took = tasks.now() - began;
            long heard = heardAt;
            if (states.isClosed()
                    || heard - began > 0 // it said something to somebody meanwhile
                    || took > probe.timeout().toNanos() / 10 * 12) { // we stood still ourselves, and know nothing
                return;
            }
            failed(context + "a probe got no answer: " + failure);
            for (AttemptHandle waiting : open) {
                if (began - waiting.waitingSince() >= 0) {
                    int inARow;
                    synchronized (this) {
                        inARow = waiting.probeFailed(began, heard);
                    }
                    waiting.attempt()
                            .abort(
                                    inARow,
                                    "gave no answer, nor to " + (inARow == 1 ? "a probe" : inARow + " probes") + ": "
                                            + failure);
                }
            }
        }
    }
}
