package io.github.etcdproxy.okhttp.internal.watch;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.okhttp.internal.failover.UnavailableResponses;
import io.github.etcdproxy.okhttp.internal.failover.UnknownTokenResponses;
import io.github.etcdproxy.okhttp.internal.readonly.ClassifiedRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The position of a watch of the v3 JSON gateway: a revision for each {@code create_request} of its body. etcd numbers
 * the watches in order, so they get the same ids when all are requested again.
 *
 * <p>A watch without a revision begins after the one in the header of its {@code created} message. The events of one
 * revision come in one message unless it is fragmented; fragments are held until the last has arrived
 * (server/etcdserver/api/v3rpc/watch.go, etcd 3.5).
 */
final class V3WatchCursor implements WatchCursor {
    private static final Set<String> CREATE = Set.of("create_request", "createRequest");
    private static final Set<String> START_REVISION = Set.of("start_revision", "startRevision");
    private static final Set<String> MESSAGE = Set.of(
            "result",
            "header",
            "cluster_id",
            "revision",
            "watch_id",
            "created",
            "canceled",
            "cancel_reason",
            "fragment",
            "events",
            "kv",
            "mod_revision",
            "error",
            "grpc_code",
            "code",
            "message");

    private final Request request;
    private final List<Created> watches;
    private final Buffer fragments = new Buffer();
    private String cluster = "";

    /** The number of watches that the current response has created. */
    private int created;

    /** Whether the member has ended the watch with an error that other members would return too. */
    private boolean failed;

    /** The last refusal of the token; null if a member knows it. */
    private @Nullable TokenRefusal refusal;

    private V3WatchCursor(Request request, List<Created> watches) {
        this.request = request;
        this.watches = watches;
    }

    /** One of the watches. */
    private static final class Created {
        /** The fields of the {@code create_request} except the revision, as text. */
        private final Map<String, String> fields;

        private String id = "";
        private boolean announced;
        private boolean canceled;

        /** Whether etcd has refused to create it, so that it has no id. */
        private boolean refused;

        /** The next revision; 0 if not known yet. */
        private long next;

        private Created(Map<String, String> fields, long startRevision) {
            this.fields = fields;
            this.next = startRevision;
        }
    }

    /** The position of a watch, from its request; null if the body has anything but {@code create_request}s. */
    static @Nullable V3WatchCursor of(Request request) {
        byte[] body = ClassifiedRequest.read(request).orElse(null);
        if (body == null) {
            return null;
        }
        try {
            List<Created> watches = read(new Buffer().write(body));
            return watches.isEmpty() ? null : new V3WatchCursor(request, watches);
        } catch (IOException | JsonDataException | NumberFormatException e) {
            return null; // the member reports the error
        }
    }

    private static List<Created> read(Buffer text) throws IOException {
        List<Created> watches = new ArrayList<>(1);
        JsonReader json = JsonReader.of(text);
        json.setLenient(true); // one object after another
        while (json.peek() != JsonReader.Token.END_DOCUMENT) {
            json.beginObject();
            if (!json.hasNext() || !CREATE.contains(json.nextName())) {
                return List.of();
            }
            watches.add(readCreate(json));
            if (json.hasNext()) {
                return List.of();
            }
            json.endObject();
        }
        return watches;
    }

    private static Created readCreate(JsonReader json) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        long startRevision = 0;
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (START_REVISION.contains(name)) {
                startRevision = Long.parseLong(json.nextString());
            } else {
                fields.put(name, json.nextSource().readUtf8());
            }
        }
        json.endObject();
        return new Created(fields, startRevision);
    }

    @Override
    public Request request() {
        StringBuilder text = new StringBuilder();
        for (Created watch : asked()) {
            text.append(JsonText.object(json -> {
                json.name("create_request").beginObject();
                for (Map.Entry<String, String> field : watch.fields.entrySet()) {
                    json.name(field.getKey()).value(new Buffer().writeUtf8(field.getValue()));
                }
                json.name("start_revision").value(Long.toString(watch.next)).endObject();
            }));
        }
        RequestBody body = request.body();
        return request.newBuilder()
                .post(RequestBody.create(text.toString(), body == null ? null : body.contentType()))
                .build();
    }

    /** The watches to request. Each that has an id is requested again, so that the others keep theirs. */
    private List<Created> asked() {
        return watches.stream().filter(watch -> !watch.refused).toList();
    }

    @Override
    public long next() {
        return watches.stream()
                .filter(watch -> !watch.canceled)
                .mapToLong(watch -> watch.next)
                .min()
                .orElse(0);
    }

    @Override
    public boolean opened(Response response) {
        created = 0;
        fragments.clear();
        return true;
    }

    @Override
    public boolean isCleared(Response response) {
        return false; // a message reports it
    }

    @Override
    public boolean isTokenUnknown(Response response) throws IOException {
        String reason = UnknownTokenResponses.reason(response);
        if (reason != null && refusal == null) {
            refusal = new TokenRefusal("", reason);
        }
        return reason != null;
    }

    @Override
    public Buffer lastMessages() {
        Buffer messages = new Buffer();
        TokenRefusal last = refusal;
        if (last != null) {
            asked().stream()
                    .filter(watch -> !watch.canceled)
                    .map(watch -> watch.announced ? last.ofWatch(watch.id, cluster) : last.ofNewWatch())
                    .forEach(messages::writeUtf8);
        }
        return messages;
    }

    @Override
    public Taken take(Buffer message) throws IOException {
        JsonValue json = JsonValue.first(message.peek(), MESSAGE);
        message.writeByte('\n');
        JsonValue code = json.get("error.code");
        JsonValue grpcCode = json.get("error.grpc_code");
        if (!json.get("error.message").isEmpty() || !grpcCode.isEmpty() || !code.isEmpty()) {
            if (UnavailableResponses.isTransient(grpcCode.number())
                    || UnavailableResponses.isTransient(code.number())) {
                String text = json.get("error.message").scalar();
                return Taken.failed(text.isEmpty() ? "an error without a message" : text);
            }
            failed = true;
            return Taken.of(message, Then.READ_ON);
        }
        long revision = json.get("result.header.revision").number();
        if (json.get("result.created").isTrue()) {
            return created(json, revision, message);
        }
        Created watch = watchOf(json.get("result.watch_id").scalar());
        if (watch == null) {
            return Taken.of(message, Then.READ_ON);
        }
        if (watch.canceled) {
            return Taken.nothing(Then.READ_ON);
        }
        fragments.writeAll(message);
        if (json.get("result.fragment").isTrue()) {
            return fragments.size() > WatchMessages.MAX_HELD_BYTES ? releaseFragments() : Taken.nothing(Then.READ_ON);
        }
        watch.canceled = json.get("result.canceled").isTrue();
        long last = json.get("result.events.kv.mod_revision").number();
        if (last != 0) {
            watch.next = last + 1;
        } else if (!watch.canceled) {
            watch.next = Math.max(watch.next, revision + 1); // all events up to it have been sent
        }
        Buffer passed = new Buffer();
        passed.writeAll(fragments);
        return Taken.of(passed, Then.READ_ON);
    }

    /** Data can be passed through only if all of it is for the caller. */
    private void requireOneByOne() throws NoWatchException {
        List<Created> asked = asked();
        if (created < asked.size() || asked.stream().anyMatch(watch -> watch.canceled)) {
            throw new NoWatchException(
                    "it is too long to be held, and some of what follows was canceled or came before:"
                            + " make a request for each watch");
        }
    }

    /** The member has yet to send the line end after the last fragment. */
    private Taken releaseFragments() throws NoWatchException {
        requireOneByOne();
        Buffer held = new Buffer();
        held.write(fragments, fragments.size() - 1);
        fragments.clear();
        return Taken.of(held, Then.PASS_THROUGH);
    }

    @Override
    public Taken release(Buffer beginning) throws NoWatchException {
        requireOneByOne();
        Buffer held = new Buffer();
        held.write(fragments, fragments.size());
        held.write(beginning, beginning.size());
        return Taken.of(held, Then.PASS_THROUGH);
    }

    private Taken created(JsonValue json, long revision, Buffer message) {
        String answering = json.get("result.header.cluster_id").scalar();
        if (!cluster.isEmpty() && !cluster.equals(answering)) {
            return Taken.nothing(Then.END); // our revisions are not valid there
        }
        cluster = answering;
        boolean refused = json.get("result.canceled").isTrue();
        String reason = json.get("result.cancel_reason").scalar();
        if (refused && UnknownTokenResponses.isText(reason)) {
            refusal = new TokenRefusal(message.readUtf8(), reason);
            return Taken.nothing(Then.ASK_OTHERS);
        }
        refusal = null;
        List<Created> asked = asked();
        Created watch = created < asked.size() ? asked.get(created) : null;
        created++;
        if (watch == null) {
            return Taken.of(message, Then.READ_ON);
        }
        String id = json.get("result.watch_id").scalar();
        if (watch.announced && !refused && !watch.id.equals(id)) {
            return Taken.nothing(Then.END); // unexpected ids: events can't be assigned to watches
        }
        if (watch.canceled || (watch.announced && !refused)) {
            return Taken.nothing(Then.READ_ON);
        }
        if (refused) {
            created--; // not requested again, and not the subject of later messages
        }
        watch.refused = refused;
        watch.canceled = refused;
        watch.announced = true;
        watch.id = id;
        if (watch.next == 0) {
            watch.next = revision + 1;
        }
        return Taken.of(message, Then.READ_ON);
    }

    /** The watch with an id; etcd omits an id of 0. */
    private @Nullable Created watchOf(String id) {
        for (Created watch : watches) {
            if (watch.announced && watch.id.equals(id)) {
                return watch;
            }
        }
        return null;
    }

    @Override
    public boolean isOver() {
        return failed || watches.stream().allMatch(watch -> watch.canceled);
    }
}
