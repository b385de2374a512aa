package io.github.etcdproxy.internal.json;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import com.squareup.moshi.JsonReader.Token;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value from an untrusted source: a value that is missing or has an unexpected type reads as empty, unless a
 * type is {@linkplain #require required}. Immutable.
 *
 * <p>Numbers are kept as text, since neither a double nor a signed long holds etcd's unsigned 64-bit numbers; etcd's
 * JSON gateway writes them as strings.
 */
public final class JsonValue {
    /** A missing value. */
    public static final JsonValue EMPTY = new JsonValue("", Token.NULL, "", List.of());

    private final String name;
    private final Token type;

    /** A string, number or boolean, as it is written. */
    private final String scalar;

    /** The fields of an object, or the elements of an array. */
    private final List<JsonValue> children;

    private JsonValue(String name, Token type, String scalar, List<JsonValue> children) {
        this.name = name;
        this.type = type;
        this.scalar = scalar;
        this.children = children;
    }

    /**
     * Reads one value.
     *
     * @throws IOException if it is not JSON, is more than one value, or an object repeats a name; the message shows the
     *     beginning
     */
    public static JsonValue parse(byte[] json) throws IOException {
        try {
            return readOnly(json, null);
        } catch (IOException e) {
            // Moshi's message is meant for developers.
            throw new IOException("no JSON: " + excerpt(json));
        }
    }

    /**
     * Reads one value, of whose objects only some fields are kept. Of a repeated name the last value counts.
     *
     * @param names the names of these fields; all others are skipped
     * @throws IOException if it is not JSON, or more than one value
     */
    public static JsonValue parse(byte[] json, Set<String> names) throws IOException {
        return readOnly(json, names);
    }

    /**
     * Reads the first object of a text, of which only some fields are kept. Of a repeated name the last value counts.
     *
     * @param source the text; its position afterwards is undefined
     * @param names the names of these fields; all others are skipped, however long
     * @throws com.squareup.moshi.JsonEncodingException if it is not JSON
     * @throws IOException if it can't be read, is no object, or is nested too deep
     */
    public static JsonValue first(BufferedSource source, Set<String> names) throws IOException {
        JsonReader reader = JsonReader.of(source);
        if (reader.peek() != Token.BEGIN_OBJECT) {
            throw new IOException("not the JSON that was expected: no object");
        }
        return read(reader, names);
    }

    private static JsonValue readOnly(byte[] json, @Nullable Set<String> names) throws IOException {
        JsonReader reader = JsonReader.of(new Buffer().write(json));
        JsonValue value = read(reader, names);
        if (reader.peek() != Token.END_DOCUMENT) {
            throw new IOException("more than one JSON value");
        }
        return value;
    }

    private static JsonValue read(JsonReader json, @Nullable Set<String> names) throws IOException {
        try {
            return read("", json, names);
        } catch (JsonDataException e) {
            throw new IOException("not the JSON that was expected: " + e.getMessage(), e);
        }
    }

    private static JsonValue read(String name, JsonReader json, @Nullable Set<String> names) throws IOException {
        Token type = json.peek();
        String scalar = "";
        List<JsonValue> children = List.of();
        switch (type) {
            case BEGIN_OBJECT -> {
                children = new ArrayList<>();
                json.beginObject();
                while (json.hasNext()) {
                    String field = json.nextName();
                    if (names == null || names.contains(field)) {
                        children.add(read(field, json, names));
                    } else {
                        json.skipValue();
                    }
                }
                json.endObject();
                if (names == null
                        && children.stream().map(JsonValue::name).distinct().count() < children.size()) {
                    throw new JsonDataException("an object repeats a name");
                }
            }
            case BEGIN_ARRAY -> {
                children = new ArrayList<>();
                json.beginArray();
                while (json.hasNext()) {
                    children.add(read("", json, names));
                }
                json.endArray();
            }
            case BOOLEAN -> scalar = Boolean.toString(json.nextBoolean());
            case NULL -> json.skipValue();
            default -> scalar = json.nextString();
        }
        return new JsonValue(name, type, scalar, children);
    }

    /** At most sixty bytes of the beginning of a text, in quotes and without control characters, for messages. */
    public static String excerpt(byte[] text) {
        String start = new String(text, 0, Math.min(text.length, 60), StandardCharsets.UTF_8);
        return "\"" + start.replaceAll("[\\p{Cntrl}\\x80-\\x9f\\p{Cf}\\p{Zl}\\p{Zp}]+", " ")
                + (text.length > 60 ? "…" : "") + "\"";
    }

    /**
     * The value at a path of names joined by dots, in an array that of the last element that has any; empty if there is
     * none but null.
     */
    public JsonValue get(String path) {
        JsonValue found = find(path, 0);
        return found == null ? EMPTY : found;
    }

    private @Nullable JsonValue find(String path, int from) {
        if (from > path.length()) {
            return isEmpty() ? null : this;
        }
        int dot = path.indexOf('.', from);
        int end = dot < 0 ? path.length() : dot;
        for (int i = children.size() - 1; i >= 0; i--) {
            JsonValue child = children.get(i);
            JsonValue found = null;
            if (type == Token.BEGIN_ARRAY) {
                found = child.find(path, from);
            } else if (child.name.length() == end - from && path.startsWith(child.name, from)) {
                found = child.find(path, end + 1);
            }
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** This value, if it has one of these types; otherwise throws. */
    public JsonValue require(Token... types) throws IOException {
        if (!List.of(types).contains(type)) {
            throw new IOException((name.isEmpty() ? "" : name + ": ") + "expected " + types[0] + " but was " + type);
        }
        return this;
    }

    /** The name of a {@linkplain #fields field}; empty if this is not a field. */
    public String name() {
        return name;
    }

    public boolean isArray() {
        return type == Token.BEGIN_ARRAY;
    }

    /** The fields of an object, in their order, repeated names included; empty if this is not an object. */
    public List<JsonValue> fields() {
        return type == Token.BEGIN_OBJECT ? Collections.unmodifiableList(children) : List.of();
    }

    /** The elements of an array; empty if this is not an array. */
    public List<JsonValue> items() {
        return isArray() ? Collections.unmodifiableList(children) : List.of();
    }

    /** Whether the value is missing or null. */
    public boolean isEmpty() {
        return type == Token.NULL;
    }

    /** A string; empty if this is not a string. */
    public String text() {
        return type == Token.STRING ? scalar : "";
    }

    /** A string, number or boolean, as it is written; empty if this is none of them. */
    public String scalar() {
        return scalar;
    }

    /** An unsigned number, written as a number or a string; 0 if this is neither. */
    public long number() {
        try {
            return Long.parseUnsignedLong(scalar);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Whether this is true, written as a boolean or a string. */
    public boolean isTrue() {
        return scalar.equals("true");
    }
}
