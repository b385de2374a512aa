package io.github.etcdproxy.okhttp.internal.http;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import okio.BufferedSource;

/**
 * Selected scalars of one JSON object, by their paths, with names joined by dots; in an array the last element that has
 * any counts. Everything else is skipped, however long. Numbers are kept as text, so that no digits are lost.
 * Immutable.
 */
public final class JsonFields {
    private final Map<String, String> byPath;

    private JsonFields(Map<String, String> byPath) {
        this.byPath = byPath;
    }

    /**
     * Reads the first object of a text.
     *
     * @param source the text; its position afterwards is undefined
     * @param wanted the paths of scalars
     * @throws IOException if there is no object
     */
    public static JsonFields read(BufferedSource source, Set<String> wanted) throws IOException {
        Map<String, String> byPath = new HashMap<>();
        JsonReader json = JsonReader.of(source);
        try {
            readObject(json, "", wanted, byPath);
        } catch (JsonDataException e) {
            throw new IOException("not the JSON that was expected: " + e.getMessage(), e);
        }
        return new JsonFields(byPath);
    }

    private static void readObject(JsonReader json, String prefix, Set<String> wanted, Map<String, String> byPath)
            throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            readValue(json, prefix + json.nextName(), wanted, byPath);
        }
        json.endObject();
    }

    private static void readValue(JsonReader json, String path, Set<String> wanted, Map<String, String> byPath)
            throws IOException {
        JsonReader.Token token = json.peek();
        if (token == JsonReader.Token.BEGIN_OBJECT && leads(path, wanted)) {
            readObject(json, path + ".", wanted, byPath);
        } else if (token == JsonReader.Token.BEGIN_ARRAY && leads(path, wanted)) {
            json.beginArray();
            while (json.hasNext()) {
                readValue(json, path, wanted, byPath);
            }
            json.endArray();
        } else if (token == JsonReader.Token.BOOLEAN && wanted.contains(path)) {
            byPath.put(path, Boolean.toString(json.nextBoolean()));
        } else if ((token == JsonReader.Token.STRING || token == JsonReader.Token.NUMBER) && wanted.contains(path)) {
            byPath.put(path, json.nextString());
        } else {
            json.skipValue();
        }
    }

    private static boolean leads(String path, Set<String> wanted) {
        for (String known : wanted) {
            if (known.length() > path.length() && known.charAt(path.length()) == '.' && known.startsWith(path)) {
                return true;
            }
        }
        return false;
    }

    /** A string, number or boolean as text; empty if there is none. */
    public String text(String path) {
        return byPath.getOrDefault(path, "");
    }

    public boolean has(String path) {
        return byPath.containsKey(path);
    }

    public boolean isTrue(String path) {
        return text(path).equals("true");
    }

    /** An unsigned number, written as a number or a string; 0 if there is none. */
    public long number(String path) {
        try {
            return Long.parseUnsignedLong(text(path));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
