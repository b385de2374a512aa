package io.github.etcdproxy.examples.quickstart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import okhttp3.FormBody;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** One key of etcd, by the v2 keys API where the cluster has it, else through the v3 JSON gateway. */
enum Store {
    V2 {
        @Override
        Request put(String value) {
            return request("/v2/keys/" + KEY)
                    .put(new FormBody.Builder().add("value", value).build())
                    .build();
        }

        @Override
        Request get() {
            return request("/v2/keys/" + KEY).build();
        }

        @Override
        Request delete() {
            return request("/v2/keys/" + KEY).delete().build();
        }

        @Override
        boolean shows(String body, String value) {
            return body.contains("\"value\":\"" + value + "\"");
        }
    },
    V3 {
        @Override
        Request put(String value) {
            return post("/v3/kv/put", "{\"key\":\"" + base64(KEY) + "\",\"value\":\"" + base64(value) + "\"}");
        }

        @Override
        Request get() {
            return post("/v3/kv/range", "{\"key\":\"" + base64(KEY) + "\"}");
        }

        @Override
        Request delete() {
            return post("/v3/kv/deleterange", "{\"key\":\"" + base64(KEY) + "\"}");
        }

        @Override
        boolean shows(String body, String value) {
            return body.contains("\"value\":\"" + base64(value) + "\"");
        }
    };

    static final String KEY = "etcd-proxy-quickstart";

    /** The API that the cluster serves: etcd 3.4 and 3.5 serve the v2 API only if enabled, and 3.6 does not. */
    static Store of(OkHttpClient client) throws IOException {
        try (Response response = client.newCall(V2.get()).execute()) {
            return response.header("X-Etcd-Index") != null ? V2 : V3;
        }
    }

    abstract Request put(String value);

    abstract Request get();

    abstract Request delete();

    abstract boolean shows(String body, String value);

    private static Request.Builder request(String path) {
        return new Request.Builder().url(Tour.LISTEN + path);
    }

    private static Request post(String path, String json) {
        return request(path)
                .post(RequestBody.create(json, MediaType.get("application/json")))
                .build();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
