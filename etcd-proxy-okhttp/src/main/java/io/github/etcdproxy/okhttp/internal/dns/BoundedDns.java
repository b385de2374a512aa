package io.github.etcdproxy.okhttp.internal.dns;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.okhttp.internal.cancel.CancelableWait;
import io.github.etcdproxy.okhttp.internal.cancel.WeakThreadLocal;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.io.Serial;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Dns;
import org.jspecify.annotations.Nullable;

/**
 * Bounds name resolution for forwarded calls, which Java can neither time out nor interrupt. Lookups run in the
 * background, one per name however many calls wait. A call leaves when it is canceled; when its time is up, it gets the
 * previously known addresses, if any. Thread safe.
 *
 * <p>OkHttp resolves a name on the thread on which it has just called {@code dnsStart}, which identifies the call.
 * Other calls use the delegate directly.
 */
public final class BoundedDns implements Dns {
    /** More than the names of any cluster's members. */
    private static final int MOST_REMEMBERED = 256;

    private static final WeakThreadLocal<okhttp3.Call> looking = new WeakThreadLocal<>();

    private final Dns dns;
    private final TaskRunner tasks;
    private final Duration timeout;
    private final Map<String, CompletableFuture<List<InetAddress>>> underWay = new ConcurrentHashMap<>();

    /** The last addresses of each name, used if the resolver is late. */
    private final Map<String, List<InetAddress>> lastGood = new ConcurrentHashMap<>();

    /** A name was not resolved in time, which says nothing about the member. */
    public static final class LateException extends UnknownHostException {
        @Serial
        private static final long serialVersionUID = 1;

        private LateException(String message) {
            super(message);
        }
    }

    /** The call was canceled or interrupted during the lookup; the cause says which. */
    public static final class AbandonedException extends UnknownHostException {
        @Serial
        private static final long serialVersionUID = 1;

        private AbandonedException(IOException cause) {
            super(cause.getMessage());
            initCause(cause);
        }

        /** The exception that OkHttp throws outside a lookup. */
        public IOException asCallersOwn() {
            return getCause() instanceof IOException cause ? cause : this;
        }
    }

    public BoundedDns(Dns dns, TaskRunner tasks, Duration timeout) {
        this.dns = dns;
        this.tasks = tasks;
        this.timeout = timeout;
    }

    /** The application's resolver. */
    public Dns dns() {
        return dns;
    }

    /** Called before OkHttp resolves a name, on the same thread. {@code call} is null if it is not forwarded. */
    public static void lookupBegins(okhttp3.@Nullable Call call) {
        looking.set(call);
    }

    /** Called when OkHttp has resolved a name or given up, on the same thread. */
    public static void lookupEnds() {
        looking.set(null);
    }

    @Override
    public List<InetAddress> lookup(String hostname) throws UnknownHostException {
        okhttp3.Call call = looking.take();
        if (call == null) {
            return dns.lookup(hostname);
        }
        CompletableFuture<List<InetAddress>> lookup = begin(hostname);
        try {
            CancelableWait.await(call, lookup, timeout, "the address of " + hostname);
        } catch (IOException e) {
            throw new AbandonedException(e);
        }
        if (!lookup.isDone()) {
            return lastKnown(hostname);
        }
        try {
            return lookup.join();
        } catch (CompletionException e) {
            throw unknown(hostname, e.getCause() == null ? e : e.getCause());
        }
    }

    private List<InetAddress> lastKnown(String hostname) throws LateException {
        List<InetAddress> before = lastGood.get(hostname);
        if (before == null) {
            throw new LateException(hostname + ": not resolved within " + timeout.toMillis() + " ms");
        }
        return before;
    }

    /** Passes other records of a name to calls that are not forwarded (called by OkHttp 5.5 or newer). */
    @Override
    public Dns.Call newCall(Dns.Request request) {
        return looking.peek() == null ? dns.newCall(request) : Dns.super.newCall(request);
    }

    private static UnknownHostException unknown(String hostname, Throwable cause) {
        if (cause instanceof UnknownHostException unknown) {
            return unknown;
        }
        UnknownHostException wrapped = new UnknownHostException(hostname + ": " + ErrorText.of(cause));
        wrapped.initCause(cause);
        return wrapped;
    }

    /** Equality determines whether OkHttp's pool shares connections between the wrapped clients of a proxy. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BoundedDns that
                && dns.equals(that.dns)
                && tasks == that.tasks
                && timeout.equals(that.timeout);
    }

    @Override
    public int hashCode() {
        return Objects.hash(dns, System.identityHashCode(tasks), timeout);
    }

    private void remember(String hostname, List<InetAddress> addresses) {
        if (lastGood.size() >= MOST_REMEMBERED) {
            lastGood.clear(); // redirects can lead to any number of names
        }
        lastGood.put(hostname, addresses);
    }

    private CompletableFuture<List<InetAddress>> begin(String hostname) {
        CompletableFuture<List<InetAddress>> fresh = new CompletableFuture<>();
        CompletableFuture<List<InetAddress>> before = underWay.putIfAbsent(hostname, fresh);
        if (before != null) {
            return before;
        }
        Runnable lookup = () -> {
            try {
                List<InetAddress> addresses = dns.lookup(hostname);
                remember(hostname, addresses);
                fresh.complete(addresses);
            } catch (Throwable e) { // the waiting calls must get any failure
                fresh.completeExceptionally(e);
            } finally {
                underWay.remove(hostname, fresh);
            }
        };
        if (!tasks.execute(lookup)) {
            lookup.run();
        }
        return fresh;
    }
}
