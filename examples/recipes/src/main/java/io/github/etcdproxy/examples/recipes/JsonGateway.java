package io.github.etcdproxy.examples.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonReader;
import com.squareup.moshi.JsonWriter;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * Leases, locks and watches through the v3 JSON gateway, which encodes bytes in base64 and 64-bit numbers as strings.
 * Thread safe.
 */
public final class JsonGateway {
    private static final MediaType JSON = MediaType.get("application/json");

    private final String url;
    private final OkHttpClient client;

    /**
     * A gateway.
     *
     * @param listenUrl the listen client URL
     * @param wrapped the client that forwards its calls; its read timeout is lifted for watches and for locks
     */
    public JsonGateway(String listenUrl, OkHttpClient wrapped) {
        this.url = listenUrl;
        this.client = wrapped;
    }

    /**
     * Writes a key.
     *
     * @param key any text
     * @param value any text
     * @param lease the lease with which the key expires; 0 for none
     * @throws IOException if the write failed or its outcome is unknown; the message says which
     */
    public void put(String key, String value, long lease) throws IOException {
        call("/v3/kv/put", Map.of("key", base64(key), "value", base64(value), "lease", Long.toString(lease)));
    }

    /**
     * Asks for a lease.
     *
     * @param seconds how long it lasts without being kept alive
     * @return its id
     * @throws IOException if there is none
     */
    public long grantLease(long seconds) throws IOException {
        Map<?, ?> lease = call("/v3/lease/grant", Map.of("TTL", Long.toString(seconds)));
        try {
            return Long.parseLong(text(lease, "ID"));
        } catch (NumberFormatException e) {
            throw new IOException("no lease: " + lease, e);
        }
    }

    /**
     * Renews a lease.
     *
     * @param lease its id
     * @return the remaining seconds; 0 if the lease has expired
     * @throws IOException if the outcome is unknown
     */
    public long keepLeaseAlive(long lease) throws IOException {
        // In gRPC a stream of requests and responses; here one of each.
        Map<?, ?> answer = call("/v3/lease/keepalive", Map.of("ID", Long.toString(lease)));
        String seconds = answer.get("result") instanceof Map<?, ?> result ? text(result, "TTL") : "";
        return seconds.isEmpty() ? 0 : Long.parseLong(seconds);
    }

    /**
     * Acquires a lock, waiting for it.
     *
     * @param name the lock's name
     * @param lease the lease that releases the lock when it expires
     * @return the key that represents the held lock
     * @throws IOException if it was not acquired, or the outcome is unknown; revoking the lease releases it in either
     *     case
     */
    public String lock(String name, long lease) throws IOException {
        Map<?, ?> answer = call("/v3/lock/lock", Map.of("name", base64(name), "lease", Long.toString(lease)));
        return text(answer, "key");
    }

    /**
     * Releases a lock.
     *
     * @param key the key that {@link #lock} returned
     * @throws IOException if the outcome is unknown
     */
    public void unlock(String key) throws IOException {
        call("/v3/lock/unlock", Map.of("key", key));
    }

    /**
     * Watches a key. The watch is resumed when a member dies; if etcd ends it because the next revisions have been
     * compacted, it ends with an exception.
     *
     * @param key any text
     * @return a watch, which the caller must close
     * @throws IOException if there is none
     */
    public Watch watch(String key) throws IOException {
        Response response = client.newCall(request(
                        "/v3/watch", json(Map.of("create_request", Map.of("key", base64(key))))))
                .execute();
        if (!response.isSuccessful()) {
            try (response) {
                throw new IOException(
                        "no watch: " + response.code() + " " + response.body().string());
            }
        }
        return new Watch(response);
    }

    /** The values of a key as they change. Read by one thread. */
    public static final class Watch implements Closeable {
        private final Response response;
        private final BufferedSource messages;

        /** Changes that have been received and not returned yet; empty for a deletion. */
        private final Deque<Optional<String>> changes = new ArrayDeque<>();

        private Watch(Response response) {
            this.response = response;
            this.messages = response.body().source();
        }

        /**
         * Waits for the next change.
         *
         * @return the value; null if the key was deleted
         * @throws IOException if the watch has ended
         */
        public @Nullable String next() throws IOException {
            while (changes.isEmpty()) {
                String line = messages.readUtf8LineStrict(); // one message a line
                Map<?, ?> message = object(line);
                if (!(message.get("result") instanceof Map<?, ?> result)
                        || Boolean.TRUE.equals(result.get("canceled"))) {
                    throw new IOException("the watch is over: " + line);
                }
                if (result.get("events") instanceof List<?> events) { // several if a watch catches up
                    events.forEach(event -> changes.add(value((Map<?, ?>) event)));
                }
            }
            return changes.remove().orElse(null);
        }

        private static Optional<String> value(Map<?, ?> event) {
            return "DELETE".equals(event.get("type")) || !(event.get("kv") instanceof Map<?, ?> kv)
                    ? Optional.empty()
                    : Optional.of(new String(Base64.getDecoder().decode(text(kv, "value")), UTF_8));
        }

        @Override
        public void close() {
            response.close();
        }
    }

    private Map<?, ?> call(String path, Map<String, ?> message) throws IOException {
        try (Response response = client.newCall(request(path, json(message))).execute()) {
            String body = response.body().string();
            if (!response.isSuccessful()) {
                throw new IOException(path + ": " + response.code() + " " + body);
            }
            return object(body);
        }
    }

    private Request request(String path, String json) {
        return new Request.Builder()
                .url(url + path)
                .post(RequestBody.create(json, JSON))
                .build();
    }

    private static String json(Map<String, ?> message) throws IOException {
        Buffer text = new Buffer();
        try (JsonWriter writer = JsonWriter.of(text)) {
            writer.jsonValue(new LinkedHashMap<>(message));
        }
        return text.readUtf8();
    }

    private static Map<?, ?> object(String json) throws IOException {
        if (JsonReader.of(new Buffer().writeUtf8(json)).readJsonValue() instanceof Map<?, ?> object) {
            return object;
        }
        throw new IOException("no answer of the gateway's: " + json);
    }

    private static String text(Map<?, ?> object, String name) {
        return object.get(name) instanceof String text ? text : ""; // empty fields are omitted
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
