package io.github.etcdproxy.internal.members;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.discovery.Peers.Port;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.FailureHint;
import io.github.etcdproxy.internal.failure.FailureHint.Server;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serial;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks peers for the members of their cluster. Thread safe.
 *
 * <p>Mirrors {@code getClusterFromRemotePeers} (server/etcdserver/cluster_util.go, etcd 3.5): peers are asked one after
 * the other and the first usable response counts, and a peer has ten seconds. It is stricter in three ways: the status
 * must be 200, the body is bounded, and a list without members is rejected. Where only client ports are reachable, it
 * asks there, through whichever API the member serves. Other than etcd, it waits for a slow peer only if no other
 * responds: at first each has the dial timeout.
 */
public final class MembersClient {
    static final Logger log = LoggerFactory.getLogger(MembersClient.class);

    /** Enough for some thousand members; etcd clusters usually have five. */
    static final int MAX_BODY_BYTES = 1 << 20;

    private static final int MAX_ERROR_BYTES = 1 << 12;

    /** Each may cost a timeout. etcd clusters have at most seven members. */
    private static final int MOST_PEERS = 50;

    private static final Pattern CLUSTER_ID = Pattern.compile("[0-9A-Fa-f]{1,16}");

    private final PeerTransport transport;
    private final Duration dialTimeout;
    private final Duration exchangeTimeout;

    /**
     * Creates a client.
     *
     * @param transport sends the requests
     * @param dialTimeout bounds connecting, and the first exchange with each peer
     * @param exchangeTimeout bounds the exchange with a peer if no peer responds sooner
     */
    public MembersClient(PeerTransport transport, Duration dialTimeout, Duration exchangeTimeout) {
        this.transport = transport;
        this.dialTimeout = dialTimeout;
        this.exchangeTimeout = exchangeTimeout;
    }

    /**
     * Asks the peers in turn until one gives a usable response. At most the first fifty are asked. Blocks the calling
     * thread for at most the sum of both timeouts times their number.
     *
     * @param peers whom to ask
     * @param evaluation accepts or rejects a response
     * @return the evaluation of the first accepted response
     * @throws NoPeerAnsweredException if every peer failed or was rejected; it has the reason for each
     * @throws InterruptedException if the thread was interrupted
     */
    public <T> T fetch(Peers peers, Evaluation<T> evaluation) throws NoPeerAnsweredException, InterruptedException {
        Map<EtcdUrl, String> reasons = new LinkedHashMap<>();
        List<EtcdUrl> asked =
                peers.urls().subList(0, Math.min(MOST_PEERS, peers.urls().size()));
        List<EtcdUrl> slow = new ArrayList<>();
        for (EtcdUrl peer : asked) {
            try {
                return evaluation.evaluate(ask(peer, peers, dialTimeout));
            } catch (IOException e) {
                rethrowIfInterrupted(peer, e);
                if (e instanceof InterruptedIOException) {
                    slow.add(peer);
                }
                reasons.put(peer, reason(e, peer, peers, dialTimeout));
            }
        }
        for (EtcdUrl peer : exchangeTimeout.compareTo(dialTimeout) > 0 ? slow : List.<EtcdUrl>of()) {
            try {
                return evaluation.evaluate(ask(peer, peers, exchangeTimeout));
            } catch (IOException e) {
                rethrowIfInterrupted(peer, e);
                reasons.put(peer, reason(e, peer, peers, exchangeTimeout));
            }
        }
        throw new NoPeerAnsweredException(reasons, peers.urls().size() - asked.size());
    }

    private static void rethrowIfInterrupted(EtcdUrl peer, IOException e) throws InterruptedException {
        if (Thread.interrupted()) {
            throw (InterruptedException) new InterruptedException("asking " + peer).initCause(e);
        }
    }

    private static String reason(IOException e, EtcdUrl peer, Peers peers, Duration timeout) {
        return e.getClass() == InterruptedIOException.class && "timeout".equals(e.getMessage())
                ? "timeout: no complete answer within " + timeout.toMillis() + " ms"
                : ErrorText.of(e, serverOf(peers), peer.scheme().equals("https"));
    }

    private static Server serverOf(Peers peers) {
        return peers.port() == Port.PEER ? Server.PEER_PORT : Server.CLIENT_PORT;
    }

    private Cluster ask(EtcdUrl peer, Peers peers, Duration timeout) throws IOException {
        return peers.port() == Port.PEER
                ? fetch(peer, Api.PEER, peers, timeout)
                : fetchAtClientPort(peer, peers, timeout);
    }

    /** Evaluates the response of a peer. */
    @FunctionalInterface
    public interface Evaluation<T> {

        /**
         * Accepts a response.
         *
         * @param cluster the cluster as the peer describes it
         * @return what is made of it
         * @throws IOException to reject it, with the reason; the next peer is asked then
         */
        T evaluate(Cluster cluster) throws IOException;
    }

    /** The APIs that list the members. */
    private enum Api {
        PEER("/members", 10),
        V3("/v3/cluster/member/list", 10),
        V2("/v2/members", 16),
        V3_BETA("/v3beta/cluster/member/list", 10),
        V3_ALPHA("/v3alpha/cluster/member/list", 10);

        private final String path;
        private final int radix;

        Api(String path, int radix) {
            this.path = path;
            this.radix = radix;
        }

        PeerRequest request(EtcdUrl url, Duration timeout) {
            URI uri = url.resolve(path);
            return path.startsWith("/v3")
                    ? PeerRequest.post(uri, PeerRequest.Body.json("{}"), timeout)
                    : PeerRequest.get(uri, timeout);
        }
    }

    /** The server does not serve the resource. */
    private static final class NotServedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        NotServedException(String message) {
            super(message);
        }
    }

    /** Which API a member serves depends on its release and flags; the first that it serves is used. */
    private Cluster fetchAtClientPort(EtcdUrl url, Peers peers, Duration timeout) throws IOException {
        for (Api api : List.of(Api.V3, Api.V2, Api.V3_BETA)) {
            try {
                return fetch(url, api, peers, timeout);
            } catch (NotServedException e) {
                log.debug("{} does not serve {}", url, api.path);
            }
        }
        return fetch(url, Api.V3_ALPHA, peers, timeout);
    }

    private Cluster fetch(EtcdUrl peer, Api api, Peers peers, Duration timeout) throws IOException {
        PeerRequest request =
                api.request(peer, timeout).dialingWithin(dialTimeout).verifying(peers.serverName());
        try (PeerResponse response = request.sendBy(transport)) {
            if (response.status() != 200) {
                throw unusable(response, serverOf(peers));
            }
            MembersJson json = readMembers(response, api.radix);
            if (json.members().isEmpty()) {
                throw new IOException("answered with an empty list of members");
            }
            String id = response.headers().getOrDefault("x-etcd-cluster-id", json.clusterId());
            return new Cluster(peer, idOf(id), json.members(), json.unusableUrls());
        }
    }

    /** Anything but a hexadecimal number counts as no id. */
    private static String idOf(String header) {
        return CLUSTER_ID.matcher(header).matches() ? header.toLowerCase(Locale.ROOT) : "";
    }

    private static IOException unusable(PeerResponse response, Server server) {
        int status = response.status();
        String body = status == 400 ? startOfBody(response) : "";
        String reason = "answered " + status + " instead of 200"
                + FailureHint.of(status, body, server).map(hint -> ": " + hint).orElse("");
        return status == 404 ? new NotServedException(reason) : new IOException(reason);
    }

    /** Empty if it can't be read, or is longer than an error message. */
    private static String startOfBody(PeerResponse response) {
        try {
            return new String(response.readBody(MAX_ERROR_BYTES), UTF_8);
        } catch (IOException e) {
            log.debug("the body of an error can't be read: {}", ErrorText.of(e));
            return "";
        }
    }

    private static MembersJson readMembers(PeerResponse response, int radix) throws IOException {
        byte[] bytes = response.readBody(MAX_BODY_BYTES);
        try {
            return MembersJson.read(bytes, radix);
        } catch (IOException e) {
            throw new IOException(
                    "answered with something else than a list of members: " + JsonValue.excerpt(bytes), e);
        }
    }
}
