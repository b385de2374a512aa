package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.internal.snapshot.Outage;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How often the configured source is asked: after a lookup that failed, pauses grow from one second to ten; after one whose peers
 * were of no use, from five seconds to thirty. Used by one thread at a time.
 */
final class LookupPace {
    private final TaskRunner tasks;

    private @Nullable IOException failure;

    /** How many lookups of the same outcome have ended one after the other. */
    private int lookups;

    private long due;

    LookupPace(TaskRunner tasks) {
        this.tasks = tasks;
    }

    boolean isDue() {
        return lookups == 0 || tasks.now() - due >= 0;
    }

    /** The last failure, as long as it is too early to ask again. */
    Optional<IOException> recentFailure() {
        return isDue() ? Optional.empty() : Optional.ofNullable(failure);
    }

    /** Peers have turned out to be of use. */
    void succeeded() {
        lookups = 0;
        failure = null;
    }

    /** A lookup found peers, which may be of no use. */
    void found() {
        if (failure != null) {
            succeeded();
        }
        postpone(Duration.ofSeconds(5), Duration.ofSeconds(30));
    }

    /** A lookup failed; returns the failure. */
    IOException failed(IOException e) {
        if (failure == null) {
            lookups = 0;
        }
        failure = e;
        postpone(Duration.ofSeconds(1), Duration.ofSeconds(10));
        return e;
    }

    private void postpone(Duration first, Duration longest) {
        lookups++;
        due = tasks.now() + Outage.backOff(lookups, first, longest).toNanos();
    }
}
