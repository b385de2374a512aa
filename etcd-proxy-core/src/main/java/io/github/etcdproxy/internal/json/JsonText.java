package io.github.etcdproxy.internal.json;

import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import okio.Buffer;

/** Writes JSON to a string. */
public final class JsonText {

    private JsonText() {}

    /** Writes the names and values of an object. */
    @FunctionalInterface
    public interface Fields {
        void writeTo(JsonWriter json) throws IOException;
    }

    /** Writes one object. */
    public static String object(Fields fields) {
        Buffer text = new Buffer();
        try (JsonWriter json = JsonWriter.of(text)) {
            json.beginObject();
            fields.writeTo(json);
            json.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.readUtf8();
    }

    /** Writes an object that has only an array of strings. */
    public static String object(String name, List<?> values) {
        return object(json -> {
            json.name(name).beginArray();
            for (Object value : values) {
                json.value(value.toString());
            }
            json.endArray();
        });
    }
}
