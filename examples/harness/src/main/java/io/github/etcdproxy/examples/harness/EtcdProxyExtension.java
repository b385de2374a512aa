package io.github.etcdproxy.examples.harness;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdCluster;
import io.github.etcdproxy.examples.cluster.InProcessCluster;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.time.Duration;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives the tests of a class a cluster, and a client that reaches it at {@link #URL}.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final EtcdProxyExtension etcd = EtcdProxyExtension.inProcess(3);
 * }</pre>
 *
 * <p>The code under test is configured with {@link #URL} and {@link #client}, and doesn't know which members there are.
 */
public final class EtcdProxyExtension implements BeforeAllCallback, AfterAllCallback {
    /** The URL for the code under test; nothing listens there. */
    public static final String URL = "http://etcd.invalid:2379";

    private final ClusterStarter starter;
    private @Nullable EtcdCluster cluster;
    private @Nullable EtcdProxy proxy;
    private @Nullable OkHttpClient client;

    /** Starts a cluster. */
    @FunctionalInterface
    private interface ClusterStarter {
        EtcdCluster start();
    }

    private EtcdProxyExtension(ClusterStarter starter) {
        this.starter = starter;
    }

    /**
     * Members inside this JVM: for tests that must be fast and run everywhere.
     *
     * @param members how many
     * @return an extension to be registered
     */
    public static EtcdProxyExtension inProcess(int members) {
        return new EtcdProxyExtension(() -> InProcessCluster.start(members));
    }

    /**
     * Members that are real {@code etcd} processes. Where there is no {@code etcd} on the PATH the tests are skipped,
     * or fail if the system property {@code etcd.required} is true.
     *
     * @param members how many
     * @return an extension to be registered
     */
    public static EtcdProxyExtension realEtcd(int members) {
        return new EtcdProxyExtension(() -> ProcessCluster.start(EtcdBinary.forTest(), members));
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        EtcdCluster started = starter.start();
        cluster = started;
        proxy = EtcdProxy.builder()
                .listenClientUrls(URL)
                .discovery(PeerDiscovery.initialCluster(started.initialCluster()))
                .failureWait(Duration.ofMillis(200))
                .start();
        client = proxy.wrap(new OkHttpClient());
        proxy.awaitReady(Duration.ofSeconds(10));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (client != null) {
            client.connectionPool().evictAll();
        }
        if (proxy != null) {
            proxy.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    /**
     * The client for the code under test.
     *
     * @return a client whose calls to {@link #URL} reach a member
     */
    public OkHttpClient client() {
        return started(client);
    }

    /**
     * The proxy, for assertions.
     *
     * @return the proxy
     */
    public EtcdProxy proxy() {
        return started(proxy);
    }

    /**
     * The cluster, whose members a test may kill and restart.
     *
     * @return the cluster
     */
    public EtcdCluster cluster() {
        return started(cluster);
    }

    private static <T> T started(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException(
                    "the extension has not been started: register it with @RegisterExtension" + " on a static field");
        }
        return part;
    }
}
