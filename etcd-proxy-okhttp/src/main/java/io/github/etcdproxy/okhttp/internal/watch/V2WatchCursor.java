package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.okhttp.internal.http.WatchRequests;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The position of a watch of the v2 keys API: an index. The answer names the store's index ({@code X-Etcd-Index}) at which
 * it begins to listen, before any event; each event has its own ({@code modifiedIndex}).
 *
 * <p>Two things that etcd does with events of its history (server/etcdserver/api/v2store/watcher_hub.go and
 * event_history.go, etcd 3.5; seen on 3.4.23) must be known to go on from an index. It sends one such event, and then,
 * though {@code stream=true}, never another: each takes a request of its own. And it finds some in its history that it would
 * not have sent while listening: those of hidden keys, and deletions of directories whose names begin alike.
 */
final class V2WatchCursor implements WatchCursor {
    private static final String INDEX = "X-Etcd-Index";
    private static final String CLUSTER = "X-Etcd-Cluster-Id";
    private static final int EVENT_INDEX_CLEARED = 401;
    private static final long MAX_ERROR_BYTES = 64 << 10;

    private static final Set<String> EVENT = Set.of("node.key", "node.modifiedIndex");

    private final Request request;
    private final String key;
    private final boolean stream;
    private final boolean recursive;
    private final @Nullable String cluster;

    private long next;
    private long storeIndex;

    /** Whether the present answer is to a request of ours rather than the caller's. */
    private boolean resumed;

    /** Whether the present answer goes on after an event that etcd did not find in its history. */
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

    /** The position of a watch that a member has begun to answer with 200; null if it is not etcd that answers. */
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
     * The caller's, with our parameters before all else: of several etcd takes the first. While history has to be caught up
     * with, events are asked for one by one, since a stream would give one as well and then have to be thrown away.
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
            throw new IOException("the watch can't go on: the answer has no " + INDEX + ", as etcd's has", e);
        }
        return Objects.equals(response.header(CLUSTER), cluster);
    }

    @Override
    public boolean isCleared(Response response) throws IOException {
        if (response.code() != 400) {
            return false;
        }
        JsonFields error = JsonFields.read(response.peekBody(MAX_ERROR_BYTES).source(), Set.of("errorCode"));
        return error.number("errorCode") == EVENT_INDEX_CLEARED;
    }

    @Override
    public Taken take(Buffer message) throws IOException {
        JsonFields event = JsonFields.read(message.peek(), EVENT);
        long index = event.number("node.modifiedIndex");
        if (index == 0) {
            throw new NoWatchException("it has no modifiedIndex");
        }
        if (resumed && Long.compareUnsigned(index, next) < 0) {
            return Taken.failed("sent event " + Long.toUnsignedString(index) + ", which is older than was asked for");
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

    /** Whether etcd would have sent an event while listening. */
    private boolean concernsUs(JsonFields event) {
        String changed = event.text("node.key");
        if (changed.equals(key)) {
            return true;
        }
        String ourDirectory = key + "/";
        if (changed.startsWith(ourDirectory)) {
            return recursive && !changed.substring(key.length()).contains("/_");
        }
        return ourDirectory.startsWith(changed + "/"); // a directory above, of which only deletions are found
    }

    @Override
    public boolean isOver() {
        return false;
    }
}
