package io.github.etcdproxy.cluster;

import com.squareup.moshi.JsonDataException;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import okio.Buffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks peers for the members of their cluster. Thread safe.
 *
 * <p>Mirrors {@code getClusterFromRemotePeers} (server/etcdserver/cluster_util.go, etcd 3.5): peers are asked one after
 * the other and the first good answer counts. Stricter than it in three ways: the status must be 200, the body is
 * bounded, and a list without members is no good answer.
 */
public final class MembersClient {
    static final Logger log = LoggerFactory.getLogger(MembersClient.class);

    /** Room for some thousand members; etcd clusters have five. */
    static final long MAX_BODY_BYTES = 1 << 20;

    private final PeerTransport transport;
    private final Duration timeout;

    /**
     * Creates a client.
     *
     * @param transport sends the requests
     * @param timeout bounds the exchange with one peer
     */
    public MembersClient(PeerTransport transport, Duration timeout) {
        this.transport = transport;
        this.timeout = timeout;
    }

    /**
     * Asks the peers in turn until one answers well. Blocks the calling thread, for the timeout times the number of peers
     * at most.
     *
     * @param peers whom to ask, in this order
     * @param objection says why an answer is of no use to the caller, or is empty where it is of use
     * @return what the first peer that answered well said
     * @throws NoPeerAnsweredException if none did; it has the reason of each
     * @throws InterruptedException if the thread was interrupted
     */
    public Cluster fetch(Collection<EtcdUrl> peers, Function<Cluster, Optional<String>> objection)
            throws NoPeerAnsweredException, InterruptedException {
        Map<EtcdUrl, String> reasons = new LinkedHashMap<>();
        for (EtcdUrl peer : peers) {
            try {
                Cluster cluster = fetch(peer);
                Optional<String> reason = objection.apply(cluster);
                if (reason.isEmpty()) {
                    return cluster;
                }
                reasons.put(peer, reason.get());
            } catch (IOException e) {
                if (Thread.interrupted()) {
                    throw (InterruptedException) new InterruptedException("asking " + peer).initCause(e);
                }
                reasons.put(peer, Reason.of(e));
            }
        }
        throw new NoPeerAnsweredException(reasons);
    }

    static PeerResponse send(PeerTransport transport, PeerRequest request) throws IOException {
        try {
            return transport.send(request);
        } catch (RuntimeException e) {
            // One odd peer, or a bug in a part that the user gave, must not keep us from asking the others.
            throw new IOException(Reason.of(e), e);
        }
    }

    private Cluster fetch(EtcdUrl peer) throws IOException {
        try (PeerResponse response = send(transport, new PeerRequest(peer.resolve("/members"), timeout))) {
            if (response.status() != 200) {
                throw new IOException("answered " + response.status() + " instead of 200");
            }
            List<Member> members = readMembers(response);
            if (members.isEmpty()) {
                throw new IOException("answered with an empty list of members");
            }
            String id = response.headers().getOrDefault("x-etcd-cluster-id", "");
            return new Cluster(peer, id.toLowerCase(Locale.ROOT), members);
        }
    }

    private static List<Member> readMembers(PeerResponse response) throws IOException {
        byte[] bytes = response.body().readNBytes((int) MAX_BODY_BYTES + 1);
        if (bytes.length > MAX_BODY_BYTES) {
            throw new IOException("answered with more than " + MAX_BODY_BYTES + " bytes");
        }
        try (Buffer body = new Buffer().write(bytes)) {
            return MembersJson.read(body);
        } catch (IOException | JsonDataException e) {
            throw new IOException("answered with something else than a list of members: " + excerpt(bytes), e);
        }
    }

    private static String excerpt(byte[] bytes) {
        String start = new String(bytes, 0, Math.min(bytes.length, 60), StandardCharsets.UTF_8);
        return "\"" + start.replaceAll("\\p{Cntrl}+", " ") + (bytes.length > 60 ? "…" : "") + "\"";
    }
}
