package io.github.etcdproxy.examples.recipes.programs;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** Virtual threads (Java 21): one for each call. */
final class VirtualThreadsProgram {
    private VirtualThreadsProgram() {}

    public static void main(String[] args) throws Exception {
        String url = "http://etcd.internal:2379";
        PeerDiscovery peers = PeerDiscovery.initialCluster(args[0]);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(url)
                        .discovery(peers)
                        .start()) {
            OkHttpClient client = proxy.wrap(new OkHttpClient());
            Request request = new Request.Builder().url(url + "/version").build();
            Callable<Integer> read = () -> {
                try (Response response = client.newCall(request).execute()) {
                    return response.code();
                }
            };
            List<Future<Integer>> reads =
                    IntStream.range(0, 100).mapToObj(i -> threads.submit(read)).toList();
            for (Future<Integer> code : reads) {
                System.out.println(code.get());
            }
        }
    }
}
