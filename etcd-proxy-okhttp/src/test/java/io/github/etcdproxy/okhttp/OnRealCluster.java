package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.okhttp.RealEtcd.Running;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Gives each test three real members of its own, to be killed and changed. */
abstract class OnRealCluster {
    private Running running;
    ProcessCluster cluster;
    EtcdProxy proxy;
    OkHttpClient client;

    @BeforeEach
    void startCluster() throws Exception {
        running = Running.start();
        cluster = running.cluster();
        proxy = running.proxy();
        client = running.client();
    }

    @AfterEach
    void stopCluster() {
        if (running != null) {
            running.close();
        }
    }

    /** The member that calls go to now. */
    EtcdProcess pinned() {
        return (EtcdProcess)
                cluster.memberAt(proxy.status().endpoints().get(0).url().toString());
    }
}
