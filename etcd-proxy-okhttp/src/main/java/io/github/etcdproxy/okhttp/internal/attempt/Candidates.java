package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.attempt.ReplayRule.NextStep;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The members that one pass of a call tries, each once, and one of them perhaps once more as the last. */
final class Candidates {
    /** More stale connections in one pool than any application has; each that is found is closed. */
    private static final int MOST_RECONNECTS = 64;

    private final List<EtcdUrl> order;
    private int at;
    private int reconnects;
    private @Nullable EtcdUrl again;

    /** {@code order} is not empty. */
    Candidates(List<EtcdUrl> order) {
        this.order = order;
    }

    EtcdUrl current() {
        EtcdUrl repeated = again;
        return at < order.size() || repeated == null ? order.get(at) : repeated;
    }

    /** Whether no other is left after the present one. */
    boolean isLast() {
        return at + 1 >= order.size() + (again == null ? 0 : 1);
    }

    /** Whether the present one may be tried with another connection. */
    boolean mayReconnect() {
        return reconnects < MOST_RECONNECTS;
    }

    /** Whether one is tried a second time, now or later. */
    boolean isRepeated() {
        return again != null;
    }

    /** How many have been tried, the present one included. */
    int tried() {
        return at + 1;
    }

    /** Goes on as a step says; returns whether there is one to try. */
    boolean advance(NextStep step) {
        return switch (step) {
            case RECONNECT -> {
                reconnects++;
                yield true;
            }
            case TRY_NEXT_THEN_SAME -> {
                again = current();
                at++;
                yield true;
            }
            case TRY_NEXT -> {
                boolean left = !isLast();
                at++;
                yield left;
            }
            default -> false;
        };
    }
}
