package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.github.etcdproxy.options.EtcdFlags;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/**
 * The sidecar's options from a command line of {@code etcd --proxy}; the library handles the other flags. Immutable.
 *
 * @param flags all flags
 * @param listen where to listen
 * @param clients the certificates for the listen URLs and towards members
 * @param peers those towards peers
 * @param cors which web pages may read answers
 */
record SidecarOptions(EtcdFlags flags, List<EtcdUrl> listen, Tls clients, Tls peers, Cors cors) {
    /** Flags that the library leaves to the program. */
    private static final Set<String> OF_SIDECAR = Set.of(
            "cert-file",
            "client-cert-auth",
            "cors",
            "key-file",
            "name",
            "peer-cert-file",
            "peer-client-cert-auth",
            "peer-key-file",
            "peer-trusted-ca-file",
            "trusted-ca-file");

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException if a flag is unknown or has a bad value; the message says what to write
     */
    static SidecarOptions read(Map<String, String> environment, String... commandLine) {
        EtcdFlags flags = EtcdFlags.read(OF_SIDECAR, environment, commandLine);
        List<EtcdUrl> listen = flags.get("listen-client-urls", urls -> EtcdUrl.parseList("listen-client-urls", urls))
                .orElseGet(() -> List.of(new EtcdUrl("http", "localhost", 2379)));
        Tls clients = Tls.ofClients(flags);
        Tls peers = Tls.ofPeers(flags);
        return new SidecarOptions(flags, listen, clients, peers, Cors.of(flags.text("cors")));
    }

    /** Whether the proxy is off. */
    boolean isOff() {
        return flags.text("proxy").isEmpty() || flags.text("proxy").equals("off");
    }

    /** A builder with the library's options. */
    EtcdProxy.Builder proxy() {
        OwnUrls own = new OwnUrls(listen);
        return EtcdProxy.builderFrom(flags)
                .listenClientUrls(Forwarding.LISTEN)
                .clientUrlRule(url -> own.contains(url) ? Optional.empty() : Optional.of(url))
                .dataDir(dataDir())
                .peerClient(peers.configure(new OkHttpClient.Builder()).build());
    }

    /** As etcd: {@code NAME.etcd}. */
    Path dataDir() {
        String name = flags.text("name").isEmpty() ? "default" : flags.text("name");
        return Path.of(flags.text("data-dir").isEmpty() ? name + ".etcd" : flags.text("data-dir"));
    }

    /** The client for the members, to be wrapped. */
    OkHttpClient members() {
        return (clients.isEmpty() ? peers : clients)
                .configure(new OkHttpClient.Builder())
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectionPool(
                        new ConnectionPool(256, 5, TimeUnit.MINUTES)) // as many as concurrent calls, to avoid churn
                .readTimeout(0, TimeUnit.MILLISECONDS) // the library detects hung members
                .writeTimeout(0, TimeUnit.MILLISECONDS)
                .followRedirects(false) // up to the client
                .followSslRedirects(false)
                .build();
    }
}
