package io.github.etcdproxy.examples.recipes;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;

/** Helpers of the recipes' tests. */
final class OnThreeMembers {
    static final String LISTEN = "http://etcd.invalid:2379";

    private OnThreeMembers() {}

    static EtcdProxy.Builder proxy(ProcessCluster cluster) {
        return EtcdProxy.builder()
                .listenClientUrls(LISTEN)
                .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                .failureWait(Duration.ofMillis(500))
                .readyTimeout(Duration.ofSeconds(20));
    }

    static OkHttpClient.Builder client() {
        return new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(16, 1, TimeUnit.MINUTES))
                .readTimeout(20, TimeUnit.SECONDS);
    }

    /** The member that calls go to now. */
    static EtcdProcess pinned(ProcessCluster cluster, EtcdProxy proxy) {
        return (EtcdProcess)
                cluster.memberAt(proxy.status().endpoints().get(0).url().toString());
    }
}
