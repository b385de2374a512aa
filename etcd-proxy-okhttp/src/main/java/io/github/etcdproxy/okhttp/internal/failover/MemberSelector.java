package io.github.etcdproxy.okhttp.internal.failover;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.failover.ReplayRule.NextStep;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The members that one pass of a call tries: each once, and possibly one of them again at the end. */
public final class MemberSelector {
    /** More stale connections than any pool has; each one found is closed. */
    private static final int MOST_RECONNECTS = 64;

    private final List<EtcdUrl> order;
    private int at;
    private int reconnects;
    private @Nullable EtcdUrl again;

    /** {@code order} is not empty. */
    public MemberSelector(List<EtcdUrl> order) {
        this.order = order;
    }

    public EtcdUrl current() {
        EtcdUrl repeated = again;
        return at < order.size() || repeated == null ? order.get(at) : repeated;
    }

    /** Whether the current member is the last. */
    public boolean isLast() {
        return at + 1 >= order.size() + (again == null ? 0 : 1);
    }

    /** Whether the current member may be tried with another connection. */
    boolean mayReconnect() {
        return reconnects < MOST_RECONNECTS;
    }

    /** Whether a member is tried a second time, now or later. */
    boolean isRepeated() {
        return again != null;
    }

    /** The number of members tried, including the current one. */
    public int tried() {
        return at + 1;
    }

    /** Advances according to a step; returns whether there is a member to try. */
    public boolean advance(NextStep step) {
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
