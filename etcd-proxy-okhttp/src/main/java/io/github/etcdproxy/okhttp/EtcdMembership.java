package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.DiscoveryException;
import io.github.etcdproxy.discovery.JoinOutcome;
import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.cancel.Interruptible;
import io.github.etcdproxy.okhttp.internal.peer.OkHttpPeerTransport;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.promotion.PromotedMember;
import io.github.etcdproxy.promotion.PromotionException;
import io.github.etcdproxy.promotion.PromotionRequest;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import io.github.etcdproxy.registry.NotReadyException;
import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import okhttp3.OkHttpClient;

/**
 * Joins a node to a cluster by a discovery token, and promotes the machine of a proxy to a member: the rare and heavy
 * steps around a proxy's life. All methods block. Thread safe.
 *
 * @since 0.1
 */
public final class EtcdMembership {

    private EtcdMembership() {}

    /**
     * Registers a node with a discovery token and waits, without a deadline, until its cluster is complete. To stop
     * waiting, interrupt the thread. Idempotent for the same node. Failed requests are retried, whatever the reason,
     * which is logged.
     *
     * @param request the node
     * @param client the client whose TLS, DNS and HTTP proxy settings are used to reach the discovery service
     * @return the node's role: a member to be started with the outcome's flags, or a proxy
     * @throws DiscoveryException if the node can be neither; the message says why
     * @throws IOException if the request fails for another reason
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public static JoinOutcome join(JoinRequest request, OkHttpClient client) throws IOException, InterruptedException {
        OkHttpVersion.require();
        Objects.requireNonNull(request, "request: null: give the node that is to join");
        Objects.requireNonNull(client, "client: null: give a client, for example new OkHttpClient()");
        try (TaskRunner tasks = TaskRunner.start();
                OkHttpPeerTransport transport = OkHttpPeerTransport.toPeers(client, tasks)) {
            return Interruptible.call(tasks, () -> request.join(DiscoveryContext.of(transport)));
        }
    }

    /**
     * Turns the machine of a proxy into a member: adds the member to the cluster, closes the proxy, and removes
     * {@code proxy} from the data directory. The caller then starts {@code etcd} with the returned environment or
     * command line. A failed promotion can be repeated, even after the proxy has been closed, and continues where it
     * ended.
     *
     * <p>A cluster of one member has no quorum until the new member is started: writes fail, and the promotion can't be
     * undone, only completed.
     *
     * @param proxy the proxy, whose members are asked
     * @param request the member to be
     * @param client sends the requests to the members' client ports, with its interceptors and authenticators; it must
     *     authenticate if the cluster requires that
     * @return the member, which the caller must start
     * @throws PromotionException if it fails; the message says what has been done and what to do next
     * @throws NotReadyException if no member is known
     * @throws IllegalStateException if the mode is off
     * @throws InterruptedException if the thread was interrupted while waiting; repeat the promotion then
     */
    public static PromotedMember promote(EtcdProxy proxy, PromotionRequest request, OkHttpClient client)
            throws IOException, InterruptedException {
        Objects.requireNonNull(proxy, "proxy: null: give the proxy that is to be promoted");
        Objects.requireNonNull(request, "request: null: give the member's name and peer URLs");
        Objects.requireNonNull(client, "client: null: give one that reaches the members");
        ProxyOptions options = proxy.options();
        if (options.mode() == ProxyMode.OFF) {
            throw new IllegalStateException(
                    "proxy: off: a proxy that looks for no members can't be promoted: give it the mode"
                            + " on or readonly");
        }
        ClientUrlRegistry registry = proxy.registry();
        if (registry.urls().isEmpty()) {
            registry.awaitReady(options.readyTimeout());
        }
        List<EtcdUrl> members = registry.urls();
        try (OkHttpPeerTransport transport = OkHttpPeerTransport.of(client)) {
            return proxy.promoting(() -> request.run(members, transport, proxy::close, options.dataDir()));
        }
    }
}
