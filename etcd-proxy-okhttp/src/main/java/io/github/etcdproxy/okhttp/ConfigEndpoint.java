package io.github.etcdproxy.okhttp;

import com.squareup.moshi.JsonWriter;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.registry.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;

/**
 * The one resource that the proxy answers itself: which members it forwards to. As {@code newConfigHandler}
 * (server/proxy/httpproxy/proxy.go, etcd 3.5), byte for byte.
 */
final class ConfigEndpoint {
    private static final MediaType TEXT = MediaType.get("text/plain; charset=utf-8");

    private ConfigEndpoint() {}

    static boolean serves(HttpUrl url) {
        return url.encodedPath().equals("/v2/config/local/proxy");
    }

    static Response respond(Request request, Snapshot snapshot) {
        boolean get = request.method().equals("GET");
        Response.Builder response = new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(get ? 200 : 405)
                .message(get ? "OK" : "Method Not Allowed")
                .body(ResponseBody.create(get ? json(snapshot) + "\n" : "Method Not Allowed\n", TEXT));
        return (get ? response : response.header("Allow", "GET")).build();
    }

    private static String json(Snapshot snapshot) {
        Buffer json = new Buffer();
        try (JsonWriter writer = JsonWriter.of(json)) {
            writer.beginObject().name("endpoints").beginArray();
            for (EtcdUrl url : snapshot.available()) {
                writer.value(url.toString());
            }
            writer.endArray().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return json.readUtf8();
    }
}
