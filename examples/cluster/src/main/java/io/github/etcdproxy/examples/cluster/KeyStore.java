package io.github.etcdproxy.examples.cluster;

import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import mockwebserver3.MockResponse;
import okhttp3.HttpUrl;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** Leaf keys of the v2 API: get, set, create in order, compare and swap, delete. Thread safe. */
final class KeyStore {
    private final Map<String, Node> nodes = new TreeMap<>();
    private long index = 3; // a new etcd cluster has used the first ones for itself

    private record Node(String key, String value, long modified, long created) {
        void write(JsonWriter json) throws IOException {
            json.beginObject().name("key").value(key).name("value").value(value);
            json.name("modifiedIndex").value(modified).name("createdIndex").value(created);
            json.endObject();
        }
    }

    synchronized MockResponse get(String key) {
        Node node = nodes.get(key);
        return node == null ? notFound(key) : event(200, "get", node, null);
    }

    /** {@code form} has the parameters of query and body. */
    synchronized MockResponse put(String key, HttpUrl form) {
        Node before = nodes.get(key);
        String prevValue = form.queryParameter("prevValue");
        String prevIndex = form.queryParameter("prevIndex");
        String prevExist = form.queryParameter("prevExist");
        boolean compares = prevValue != null || prevIndex != null;
        if (before == null && (compares || "true".equals(prevExist))) {
            return notFound(key);
        }
        if (before != null && "false".equals(prevExist)) {
            return error(412, 105, "Key already exists", key);
        }
        if (before != null && prevValue != null && !prevValue.equals(before.value())) {
            return error(412, 101, "Compare failed", "[" + prevValue + " != " + before.value() + "]");
        }
        if (before != null && prevIndex != null && !prevIndex.equals(String.valueOf(before.modified()))) {
            return error(412, 101, "Compare failed", "[" + prevIndex + " != " + before.modified() + "]");
        }
        String action = compares ? "compareAndSwap" : "false".equals(prevExist) ? "create" : "set";
        index++;
        Node after = new Node(key, value(form), index, before == null ? index : before.created());
        nodes.put(key, after);
        return event(before == null ? 201 : 200, action, after, before);
    }

    synchronized MockResponse post(String directory, HttpUrl form) {
        index++;
        Node node = new Node(directory + "/%020d".formatted(index), value(form), index, index);
        nodes.put(node.key(), node);
        return event(201, "create", node, null);
    }

    synchronized MockResponse delete(String key) {
        Node before = nodes.remove(key);
        if (before == null) {
            return notFound(key);
        }
        index++;
        return event(200, "delete", new Node(key, "", index, before.created()), before);
    }

    private static String value(HttpUrl form) {
        String value = form.queryParameter("value");
        return value == null ? "" : value;
    }

    private MockResponse event(int status, String action, Node node, @Nullable Node before) {
        return respond(status, json -> {
            json.beginObject().name("action").value(action).name("node");
            node.write(json);
            if (before != null) {
                json.name("prevNode");
                before.write(json);
            }
            json.endObject();
        });
    }

    private MockResponse notFound(String key) {
        return error(404, 100, "Key not found", key);
    }

    private MockResponse error(int status, int code, String message, String cause) {
        return respond(status, json -> {
            json.beginObject().name("errorCode").value(code).name("message").value(message);
            json.name("cause").value(cause).name("index").value(index).endObject();
        });
    }

    private MockResponse respond(int status, JsonBody body) {
        return json(status, body).newBuilder().addHeader("X-Etcd-Index", index).build();
    }

    /** Writes one JSON value. */
    @FunctionalInterface
    interface JsonBody {
        void write(JsonWriter json) throws IOException;
    }

    static MockResponse json(int status, JsonBody body) {
        Buffer buffer = new Buffer();
        try (JsonWriter writer = JsonWriter.of(buffer)) {
            body.write(writer);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return new MockResponse.Builder()
                .code(status)
                .addHeader("Content-Type", "application/json")
                .body(buffer.writeUtf8("\n"))
                .build();
    }
}
