package io.github.etcdproxy.internal.json;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value from an untrusted source: a value that is missing or has an unexpected type reads as empty. Immutable.
 *
 * <p>Numbers are read as doubles; those that need more than 53 bits come as strings in etcd's JSON gateway.
 */
public final class JsonValue {
    private final @Nullable Object value;

    /** A missing value. */
    public static final JsonValue EMPTY = new JsonValue(null);

    private JsonValue(@Nullable Object value) {
        this.value = value;
    }

    /**
     * Reads one value.
     *
     * @param json the text
     * @return the value
     * @throws IOException if it is not JSON, or more than one value; the message shows the beginning
     */
    public static JsonValue parse(byte[] json) throws IOException {
        try (Buffer buffer = new Buffer().write(json)) {
            JsonReader reader = JsonReader.of(buffer);
            Object value = reader.readJsonValue();
            if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
                throw new JsonDataException("more than one value");
            }
            return new JsonValue(value);
        } catch (IOException | JsonDataException e) {
            // Moshi's message is meant for developers.
            throw new IOException("no JSON: " + excerpt(json));
        }
    }

    /**
     * The beginning of a text, for messages.
     *
     * @param text any bytes
     * @return at most sixty of them, in quotes, without control characters
     */
    public static String excerpt(byte[] text) {
        String start = new String(text, 0, Math.min(text.length, 60), StandardCharsets.UTF_8);
        return "\"" + start.replaceAll("\\p{Cntrl}+", " ") + (text.length > 60 ? "…" : "") + "\"";
    }

    /**
     * A member of an object.
     *
     * @param name its name
     * @return its value; empty if this is not an object or has no member of that name
     */
    public JsonValue get(String name) {
        return new JsonValue(value instanceof Map<?, ?> object ? object.get(name) : null);
    }

    /**
     * The elements of an array.
     *
     * @return empty if this is not an array
     */
    public List<JsonValue> items() {
        return value instanceof List<?> array
                ? array.stream().map(JsonValue::new).toList()
                : List.of();
    }

    /**
     * Whether the value is missing or null.
     *
     * @return true if it is
     */
    public boolean isEmpty() {
        return value == null;
    }

    /**
     * A string.
     *
     * @return empty if this is not a string
     */
    public String text() {
        return value instanceof String text ? text : "";
    }

    /**
     * A whole number, written as a number or as a string.
     *
     * @return zero if this is neither
     */
    public long number() {
        if (value instanceof Double number) {
            return number.longValue();
        }
        try {
            return Long.parseLong(text());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /**
     * A boolean.
     *
     * @return false if this is not a boolean
     */
    public boolean isTrue() {
        return Boolean.TRUE.equals(value);
    }
}
