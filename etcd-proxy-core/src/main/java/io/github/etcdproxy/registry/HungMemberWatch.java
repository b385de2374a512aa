package io.github.etcdproxy.registry;

import io.github.etcdproxy.cluster.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.time.Background;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/**
 * Notices members that have fallen silent while attempts wait for them: frozen processes, cut cables, whatever accepts a
 * connection and says nothing.
 *
 * <p>No timeout can tell a slow answer from none. So when a member has not been heard for {@link #SILENCE} while somebody
 * waits for it, it is probed; and when the probe fails, those who wait are told, and the member is down. A second probe
 * begins {@link #SECOND_PROBE} after the first, for attempts that need more certainty. As long as probes are answered,
 * waiting goes on. Nobody waiting, nothing happens. Thread safe.
 */
final class HungMemberWatch implements AutoCloseable {
    /** How long a member may be silent before it is probed. */
    static final Duration SILENCE = Duration.ofMillis(500);

    /** How long after a probe that has no answer yet the next begins. */
    static final Duration SECOND_PROBE = Duration.ofMillis(400);

    private static final int MAX_PROBES_AT_ONCE = 2;

    private final Background background;
    private final MemberProbe probe;
    private final Verdict verdict;
    private final Map<EtcdUrl, Watched> watched = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** What the rest of the registry is told. */
    interface Verdict {
        /** A member has answered to something that began at the given reading. */
        void alive(EtcdUrl url, long beganAt);

        /** A member has not answered a probe. */
        void failed(EtcdUrl url, String cause);
    }

    HungMemberWatch(Background background, MemberProbe probe, Verdict verdict) {
        this.background = background;
        this.probe = probe;
        this.verdict = verdict;
    }

    /** To be called when an attempt begins. */
    OpenAttempt begin(EtcdUrl url, Attempt attempt) {
        return watched(url).begin(attempt);
    }

    /** Has a member probed now, because something happened that need not be its fault. */
    void suspect(EtcdUrl url, String cause) {
        watched(url).suspect(cause);
    }

    /** Forgets members that have gone. Attempts that still wait for one are watched on. */
    void retain(Set<EtcdUrl> urls) {
        watched.keySet().retainAll(urls);
    }

    private Watched watched(EtcdUrl url) {
        Watched member = watched.get(url);
        return member != null ? member : watched.computeIfAbsent(url, Watched::new);
    }

    @Override
    public void close() {
        closed = true;
    }

    /** What is awaited of one member, and what was heard of it. */
    final class Watched {
        private final EtcdUrl url;
        private final Set<OpenAttempt> open = ConcurrentHashMap.newKeySet();
        private volatile long heardAt = background.now();

        /** Whether a tick is scheduled. Set under the lock, read without. */
        private volatile boolean ticking;

        // Guarded by this.
        private int probesUnderWay;
        private int failedProbes;
        private long lastFailureBegan;

        Watched(EtcdUrl url) {
            this.url = url;
        }

        OpenAttempt begin(Attempt attempt) {
            OpenAttempt opened = new OpenAttempt(this, attempt, background.now());
            resumed(opened);
            return opened;
        }

        void resumed(OpenAttempt attempt) {
            open.add(attempt);
            if (!ticking) {
                startTicking();
            }
        }

        void ended(OpenAttempt attempt) {
            open.remove(attempt);
        }

        void heard(long beganAt) {
            heardAt = background.now();
            verdict.alive(url, beganAt);
        }

        private synchronized void startTicking() {
            if (!ticking && !closed) {
                ticking = true;
                tickIn(SILENCE);
            }
        }

        private void tickIn(Duration delay) {
            Future<?> unused = background.schedule(this::tick, delay);
        }

        /** Looks whether the member has been silent for too long, and when to look again. Run by the timer. */
        private synchronized void tick() {
            // In this order: whoever opens an attempt that is not seen here sees that nobody ticks.
            ticking = false;
            open.removeIf(attempt -> attempt.get() == null);
            if (open.isEmpty() || closed) {
                return;
            }
            ticking = true;
            Duration next = SECOND_PROBE;
            Duration silence = silence();
            if (silence.compareTo(SILENCE) < 0) {
                next = SILENCE.minus(silence);
            } else if (probesUnderWay < MAX_PROBES_AT_ONCE) {
                startProbe("");
            }
            tickIn(next);
        }

        /** Since when the member owes an answer: the oldest attempt began, and nothing has been heard from then on. */
        private Duration silence() {
            long now = background.now();
            long longest = 0;
            for (OpenAttempt attempt : open) {
                longest = Math.max(longest, now - attempt.beganAt());
            }
            return Duration.ofNanos(Math.min(longest, now - heardAt));
        }

        synchronized void suspect(String cause) {
            if (probesUnderWay == 0 && !closed) {
                startProbe(cause + "; ");
            }
        }

        /** Guarded by this. */
        private void startProbe(String context) {
            probesUnderWay++;
            long began = background.now();
            if (!background.execute(() -> probe(began, context))) {
                probesUnderWay--;
            }
        }

        private void probe(long began, String context) {
            try {
                probe.probe(url);
                heard(began);
                end();
            } catch (IOException e) {
                failed(began, context, Reason.of(e));
            }
        }

        private synchronized void end() {
            probesUnderWay--;
        }

        private void failed(long began, String context, String cause) {
            int failed;
            synchronized (this) {
                probesUnderWay--;
                long took = background.now() - began;
                if (closed || heardAt - began > 0 || took > probe.timeout().toNanos() * 2) {
                    // It answered somebody else meanwhile; or we have been frozen ourselves, and know nothing.
                    return;
                }
                failedProbes = heardAt - lastFailureBegan > 0 ? 1 : failedProbes + 1;
                lastFailureBegan = began;
                failed = failedProbes;
            }
            verdict.failed(url, context + "a probe got no answer: " + cause);
            String reason = "gave no answer, nor to " + (failed == 1 ? "a probe" : failed + " probes") + ": " + cause;
            for (OpenAttempt waiting : open) {
                Attempt attempt = waiting.get();
                if (attempt != null && began - waiting.beganAt() >= 0) {
                    attempt.cut(failed, reason);
                }
            }
        }
    }
}
