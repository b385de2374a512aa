import org.jspecify.annotations.NullMarked;

/**
 * Peer discovery, members, the client URL registry and the mode policy of etcd-proxy, without an HTTP client.
 *
 * <p>Data goes one way: {@linkplain io.github.etcdproxy.options options} name a {@linkplain
 * io.github.etcdproxy.discovery discovery} source; the peers it finds are asked for the {@linkplain
 * io.github.etcdproxy.cluster members}; the {@linkplain io.github.etcdproxy.registry registry} publishes their client
 * URLs in the order in which calls should try them.
 */
@NullMarked
@SuppressWarnings({
    "requires-automatic", // moshi names its module in the manifest only
    "module" // etcd-proxy-okhttp, to which some packages are exported, is built later
})
module io.github.etcdproxy.core {
    requires com.squareup.moshi;
    requires kotlin.stdlib; // moshi needs it at run time and, being an automatic module, cannot say so
    requires okio;
    requires org.dnsjava;
    requires org.slf4j;
    requires static com.google.errorprone.annotations;
    requires static org.jspecify;

    exports io.github.etcdproxy.cluster;
    exports io.github.etcdproxy.discovery;
    exports io.github.etcdproxy.event;
    exports io.github.etcdproxy.mode;
    exports io.github.etcdproxy.net;
    exports io.github.etcdproxy.options;
    exports io.github.etcdproxy.promotion;
    exports io.github.etcdproxy.registry;
    exports io.github.etcdproxy.time;
    exports io.github.etcdproxy.internal.backoff to
            io.github.etcdproxy.okhttp;
    exports io.github.etcdproxy.internal.failure to
            io.github.etcdproxy.okhttp;
    exports io.github.etcdproxy.internal.json to
            io.github.etcdproxy.okhttp;
    exports io.github.etcdproxy.internal.readonly to
            io.github.etcdproxy.okhttp;
}
