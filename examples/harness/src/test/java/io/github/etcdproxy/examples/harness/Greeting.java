package io.github.etcdproxy.examples.harness;

import java.io.IOException;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** The code under test: some application that keeps a greeting in etcd. */
final class Greeting {
    private final OkHttpClient client;
    private final Request.Builder key;

    Greeting(OkHttpClient client, String etcd) {
        this.client = client;
        this.key = new Request.Builder().url(etcd + "/v2/keys/greeting");
    }

    void change(String text) throws IOException {
        call(key.put(new FormBody.Builder().add("value", text).build()).build());
    }

    String read() throws IOException {
        return call(key.get().build());
    }

    private String call(Request request) throws IOException {
        try (Response response = client.newCall(request).execute()) {
            if (!response.isSuccessful()) {
                throw new IOException("etcd answered " + response.code());
            }
            return response.body().string();
        }
    }
}
