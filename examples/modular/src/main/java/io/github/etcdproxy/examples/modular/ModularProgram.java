package io.github.etcdproxy.examples.modular;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.EtcdProxy;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Java modules: writes a key, and prints what etcd responds. Takes an {@code initial-cluster} as its argument. */
final class ModularProgram {
    private ModularProgram() {}

    public static void main(String[] args) throws Exception {
        String url = "http://etcd.internal:2379";
        PeerDiscovery peers = PeerDiscovery.initialCluster(args[0]);
        try (EtcdProxy proxy =
                EtcdProxy.builder().listenClientUrls(url).discovery(peers).start()) {
            OkHttpClient client = proxy.wrap(new OkHttpClient());
            Request request = new Request.Builder()
                    .url(url + "/v2/keys/modular")
                    .put(new FormBody.Builder().add("value", "hello, modules").build())
                    .build();
            try (Response response = client.newCall(request).execute()) {
                System.out.println(response.body().string());
            }
        }
    }
}
