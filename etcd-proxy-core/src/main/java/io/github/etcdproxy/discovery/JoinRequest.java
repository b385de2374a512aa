package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.internal.flags.NewMember;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A request to join the cluster of a discovery token: as a member, or as a proxy if the cluster is full. Immutable.
 *
 * <p>Mirrors {@code JoinCluster} (server/etcdserver/api/v2discovery/discovery.go, etcd 3.5): its registrations and
 * those of {@code etcd --discovery} can share a token. Unlike etcd, a node that registers again after a crash with the
 * same name and URLs keeps its place.
 *
 * @param token where to register
 * @param name the member's name: {@code --name}
 * @param peerUrls the member's peer URLs: {@code --initial-advertise-peer-urls}
 * @param fallback what to do if the cluster is full
 * @since 0.1
 */
public record JoinRequest(TokenDiscovery token, String name, List<EtcdUrl> peerUrls, Fallback fallback) {

    /** What a node does if the cluster that it was to join is full: {@code --discovery-fallback}. */
    public enum Fallback {
        /** It serves as a proxy of that cluster. This is etcd's default up to 3.5. */
        PROXY,
        /** It ends with an error. */
        EXIT
    }

    /**
     * Validates and copies the arguments.
     *
     * @throws IllegalArgumentException if the name is invalid, there is no peer URL, or one is a wildcard address; the
     *     message says what to write
     */
    public JoinRequest {
        Objects.requireNonNull(token, "discovery: null: give a token");
        NewMember member = new NewMember(name, peerUrls);
        name = member.name();
        peerUrls = member.peerUrls();
        Objects.requireNonNull(fallback, "discovery-fallback: null: give PROXY or EXIT");
    }

    /**
     * Creates a request that falls back to a proxy if the cluster is full.
     *
     * @param token where to register
     * @param name the member's name: {@code --name}
     * @param peerUrls its peer URLs, {@code --initial-advertise-peer-urls}; each may be a comma-separated list
     * @return the request
     * @throws IllegalArgumentException if the name is invalid, or a URL is missing, malformed or a wildcard; the
     *     message names it and says what to write
     */
    public static JoinRequest of(TokenDiscovery token, String name, String... peerUrls) {
        return new JoinRequest(token, name, NewMember.of(name, peerUrls).peerUrls(), Fallback.PROXY);
    }

    /**
     * Returns this request with another fallback.
     *
     * @param other what to do if the cluster is full
     * @return a new request
     */
    public JoinRequest fallback(Fallback other) {
        return new JoinRequest(token, name, peerUrls, other);
    }

    /**
     * Registers the node and waits, without a deadline, until the cluster is complete. Failed requests are retried,
     * even if the service can't be reached at all because its name is mistyped or its certificate is not trusted;
     * {@code waitingFor} of the context reports the reason. Idempotent.
     *
     * @param context what may be used
     * @return the node's role
     * @throws DiscoveryException if it can be neither member nor proxy; with {@link Fallback#EXIT} also if the
     *     cluster is full
     * @throws IOException if the request fails for another reason
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public JoinOutcome join(DiscoveryContext context) throws IOException, InterruptedException {
        try {
            InitialCluster cluster = token.open(context).join(memberId(), registration());
            return new JoinOutcome.Member(this, cluster.toString(), token.clusterToken());
        } catch (DiscoveryException e) {
            if (e.problem() == Problem.FULL && fallback == Fallback.PROXY) {
                return new JoinOutcome.Proxy(token);
            }
            throw e;
        }
    }

    private String registration() {
        return NewMember.initialCluster(name, peerUrls).sorted().collect(Collectors.joining(","));
    }

    /**
     * The id that the member will have, as in {@code computeMemberId} (server/etcdserver/api/membership/member.go, etcd
     * 3.5): the first eight bytes of the SHA-1 of its peer URLs, sorted, and the token.
     */
    private String memberId() {
        String text =
                peerUrls.stream().map(EtcdUrl::toString).sorted().collect(Collectors.joining()) + token.clusterToken();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return Long.toHexString(ByteBuffer.wrap(hash).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
