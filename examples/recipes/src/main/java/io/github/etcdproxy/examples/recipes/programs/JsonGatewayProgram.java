package io.github.etcdproxy.examples.recipes.programs;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.io.IOException;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.ByteString;

/** The v3 JSON gateway: gRPC's messages as JSON, with keys and values in base64. */
final class JsonGatewayProgram {
    private static final String URL = "http://etcd.internal:2379";

    private JsonGatewayProgram() {}

    public static void main(String[] args) throws Exception {
        PeerDiscovery peers = PeerDiscovery.initialCluster(args[0]);
        try (EtcdProxy proxy =
                EtcdProxy.builder().listenClientUrls(URL).discovery(peers).start()) {
            OkHttpClient client = proxy.wrap(new OkHttpClient());
            String key = ByteString.encodeUtf8("gateway").base64();
            String value = ByteString.encodeUtf8("hello, gateway").base64();
            post(client, "/v3/kv/put", "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(key, value));
            System.out.println(post(client, "/v3/kv/range", "{\"key\":\"%s\"}".formatted(key)));
        }
    }

    private static String post(OkHttpClient client, String path, String json) throws IOException {
        RequestBody body = RequestBody.create(json, MediaType.get("application/json"));
        Request request = new Request.Builder().url(URL + path).post(body).build();
        try (Response response = client.newCall(request).execute()) {
            return response.body().string();
        }
    }
}
