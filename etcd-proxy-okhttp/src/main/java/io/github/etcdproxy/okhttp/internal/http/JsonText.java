package io.github.etcdproxy.okhttp.internal.http;

import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import okio.Buffer;

/** Writes JSON to a string. */
public final class JsonText {

    private JsonText() {}

    /** Writes one JSON value. */
    @FunctionalInterface
    public interface Value {
        void writeTo(JsonWriter json) throws IOException;
    }

    public static String of(Value value) {
        Buffer text = new Buffer();
        try (JsonWriter writer = JsonWriter.of(text)) {
            value.writeTo(writer);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.readUtf8();
    }
}
