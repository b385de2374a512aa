package io.github.etcdproxy.examples.quickstart;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.EtcdProxy;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** The example of README.md, so that the build compiles it. */
final class ReadmeExample {

    private ReadmeExample() {}

    static void run() throws Exception {
        // README: begin
        EtcdProxy proxy = EtcdProxy.builder()
                .listenClientUrls("http://etcd.internal:2379") // what your code calls; nothing listens there
                .discovery(PeerDiscovery.initialCluster("infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380"))
                .start();
        OkHttpClient client = proxy.wrap(new OkHttpClient()); // the client that you already have

        Request request = new Request.Builder()
                .url("http://etcd.internal:2379/v2/keys/greeting")
                .build();
        try (Response response = client.newCall(request).execute()) {
            System.out.println(response.code() + " " + response.body().string());
        }
        proxy.close(); // when the application ends
        // README: end
    }
}
