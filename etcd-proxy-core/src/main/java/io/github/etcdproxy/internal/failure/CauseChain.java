package io.github.etcdproxy.internal.failure;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Searches an exception, its causes and their suppressed exceptions. Third-party exceptions may have circular or very
 * long cause chains. Pure functions.
 */
public final class CauseChain {
    private static final int MOST = 100;

    private CauseChain() {}

    /**
     * Finds the nearest exception of a type.
     *
     * @param <T> the type
     * @param failure where to start
     * @param type what to look for
     * @return the exception itself, or one below it; empty if there is none among the first hundred
     */
    public static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> type) {
        return find(failure, type::isInstance).map(type::cast);
    }

    static Optional<Throwable> find(Throwable failure, Predicate<Throwable> wanted) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> next = new ArrayDeque<>();
        next.push(failure);
        while (!next.isEmpty() && seen.size() < MOST) {
            Throwable looked = next.pop();
            if (wanted.test(looked)) {
                return Optional.of(looked);
            }
            if (seen.add(looked)) {
                for (Throwable suppressed : looked.getSuppressed()) {
                    next.push(suppressed);
                }
                Throwable cause = looked.getCause();
                if (cause != null) {
                    next.push(cause);
                }
            }
        }
        return Optional.empty();
    }
}
