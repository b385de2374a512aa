package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.internal.backoff.Backoff;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How often the configured source is asked: after failed lookups, pauses grow from one second to ten; after lookups
 * that found only unusable peers, from five seconds to thirty. Used by one thread at a time.
 */
final class LookupPace {
    private final TaskRunner tasks;

    private @Nullable IOException failure;

    /** The number of consecutive lookups with the same outcome. */
    private int lookups;

    private long due;

    LookupPace(TaskRunner tasks) {
        this.tasks = tasks;
    }

    boolean isDue() {
        return lookups == 0 || tasks.now() - due >= 0;
    }

    /** The last failure, while it is too early to ask again. */
    Optional<IOException> recentFailure() {
        return isDue() ? Optional.empty() : Optional.ofNullable(failure);
    }

    /** Called when peers turn out to be usable. */
    void succeeded() {
        lookups = 0;
        failure = null;
    }

    /** Called when a lookup has found peers, which may turn out to be unusable. */
    void found() {
        if (failure != null) {
            succeeded();
        }
        postpone(Duration.ofSeconds(5), Duration.ofSeconds(30));
    }

    /** Called when a lookup has failed; returns the failure. */
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
        due = tasks.now() + new Backoff(first, longest).after(lookups).toNanos();
    }
}
