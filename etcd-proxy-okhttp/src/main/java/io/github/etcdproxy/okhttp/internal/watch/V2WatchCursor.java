package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.internal.json.JsonValue;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The position of a watch of the v2 keys API: an index. The response's headers have the store's index ({@code
 * X-Etcd-Index}) at which the watch begins; each event has its own ({@code modifiedIndex}).
 *
 * <p>Two properties of etcd's event history (server/etcdserver/api/v2store/watcher_hub.go and event_history.go, etcd
 * 3.5; seen on 3.4.23) matter for resuming at an index. A watch gets one event from the history and then, even with
 * {@code stream=true}, no other: each needs its own request. And the history has events that a listening watch would
 * not get: those of hidden keys, and deletions of directories whose names share a prefix.
 */
final class V2WatchCursor implements WatchCursor {
    private static final String INDEX = "X-Etcd-Index";
    private static final String CLUSTER = "X-Etcd-Cluster-Id";
    private static final int EVENT_INDEX_CLEARED = 401;
    private static final long MAX_ERROR_BYTES = 64 << 10;

    private static final Set<String> EVENT = Set.of("node", "key", "modifiedIndex");

    private final Request request;
    private final String key;
    private final boolean stream;
    private final boolean recursive;
    private final @Nullable String cluster;

    private long next;
    private long storeIndex;

    /** Whether the current response is to our request rather than the caller's. */
    private boolean resumed;

    /** Whether the current response continues after an event that did not come from the history. */
    private boolean streaming;

    private V2WatchCursor(Request request, @Nullable String cluster, long storeIndex, long waitIndex) {
        HttpUrl url = request.url();
        this.request = request;
        this.key = key(url);
        this.stream = WatchRequests.isTrue(url, "stream");
        this.streaming = stream;
        this.recursive = WatchRequests.isTrue(url, "recursive");
        this.cluster = cluster;
        this.storeIndex = storeIndex;
        this.next = waitIndex == 0 ? storeIndex + 1 : waitIndex;
    }

    /** The position of a watch that a member answered with 200; null if the response is not etcd's. */
    static @Nullable V2WatchCursor of(Request request, Response response) {
        try {
            String waitIndex = request.url().queryParameter("waitIndex");
            return new V2WatchCursor(
                    request,
                    response.header(CLUSTER),
                    storeIndex(response),
                    waitIndex == null ? 0 : Long.parseUnsignedLong(waitIndex));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static long storeIndex(Response response) {
        return Long.parseUnsignedLong(response.header(INDEX, ""));
    }

    private static String key(HttpUrl url) {
        String path = String.join("/", url.pathSegments()).replaceAll("/+", "/");
        String key = path.substring("v2/keys".length());
        return key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
    }

    /**
     * The caller's request, preceded by our parameters: etcd uses the first of several. While catching up with the
     * history, events are requested one by one, since a stream would also yield just one and would then have to be
     * dropped.
     */
    @Override
    public Request request() {
        HttpUrl url = request.url();
        streaming = stream && Long.compareUnsigned(storeIndex, next) < 0;
        String ours = "waitIndex=" + Long.toUnsignedString(next) + (stream && !streaming ? "&stream=false&" : "&");
        return request.newBuilder()
                .url(url.newBuilder().encodedQuery(ours + url.encodedQuery()).build())
                .build();
    }

    @Override
    public long next() {
        return next;
    }

    @Override
    public boolean opened(Response response) throws IOException {
        resumed = true;
        try {
            storeIndex = storeIndex(response);
        } catch (NumberFormatException e) {
            throw new IOException("the watch can't be resumed: the response has no " + INDEX + ", unlike etcd's", e);
        }
        return Objects.equals(response.header(CLUSTER), cluster);
    }

    @Override
    public boolean isCleared(Response response) throws IOException {
        if (response.code() != 400) {
            return false;
        }
        JsonValue error = JsonValue.first(response.peekBody(MAX_ERROR_BYTES).source(), Set.of("errorCode"));
        return error.get("errorCode").number() == EVENT_INDEX_CLEARED;
    }

    @Override
    public Taken take(Buffer message) throws IOException {
        JsonValue event = JsonValue.first(message.peek(), EVENT);
        long index = event.get("node.modifiedIndex").number();
        if (index == 0) {
            throw new NoWatchException("it has no modifiedIndex");
        }
        if (resumed && Long.compareUnsigned(index, next) < 0) {
            return Taken.failed("sent event " + Long.toUnsignedString(index) + ", which is older than requested");
        }
        boolean ofHistory = Long.compareUnsigned(index, storeIndex) <= 0;
        next = index + 1;
        Then then = streaming && !ofHistory ? Then.READ_ON : streaming ? Then.LEAVE : Then.REOPEN;
        if (resumed && ofHistory && !concernsUs(event)) {
            return Taken.nothing(then);
        }
        message.writeByte('\n');
        return Taken.of(message, stream ? then : Then.END);
    }

    @Override
    public Taken release(Buffer beginning) {
        return Taken.of(beginning, Then.PASS_THROUGH);
    }

    /** Whether a listening watch would have got the event. */
    private boolean concernsUs(JsonValue event) {
        String changed = event.get("node.key").scalar();
        if (changed.equals(key)) {
            return true;
        }
        String ourDirectory = key + "/";
        if (changed.startsWith(ourDirectory)) {
            return recursive && !changed.substring(key.length()).contains("/_");
        }
        return ourDirectory.startsWith(changed + "/"); // a parent directory, of which only deletions occur
    }

    @Override
    public boolean isOver() {
        return false;
    }
}
