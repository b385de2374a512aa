package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A node that is to become a member of the cluster that a discovery token stands for, or a proxy where that is full.
 * Immutable.
 *
 * <p>Mirrors {@code JoinCluster} (server/etcdserver/api/v2discovery/discovery.go, etcd 3.5): ours and nodes that were started
 * with {@code etcd --discovery} mix under one token. Unlike there, a node that registers again, after a crash, with the same
 * name and URLs keeps its place.
 *
 * @param token where to register
 * @param member what it is to be called, and where the others are to reach it
 * @param fallback what becomes of it if the cluster is full
 */
public record JoinRequest(TokenDiscovery token, NewMember member, DiscoveryFallback fallback) {

    /** Checks. */
    public JoinRequest {
        Objects.requireNonNull(token, "discovery: null: give a token");
        Objects.requireNonNull(member, "member: null: give its name and peer URLs");
        Objects.requireNonNull(fallback, "discovery-fallback: null: give PROXY or EXIT");
    }

    /**
     * A node that becomes a proxy if the cluster is full.
     *
     * @param token where to register
     * @param name the member's name: {@code --name}
     * @param peerUrls where the other members are to reach it: {@code --initial-advertise-peer-urls}; each may be a list
     *     separated by commas
     * @return a node
     * @throws IllegalArgumentException if the name can't be used, a URL is malformed or a wildcard, or there is none; the
     *     message names it and says what to write
     */
    public static JoinRequest of(TokenDiscovery token, String name, String... peerUrls) {
        return new JoinRequest(token, NewMember.of(name, peerUrls), DiscoveryFallback.PROXY);
    }

    /**
     * The same node with another fallback.
     *
     * @param other what becomes of it if the cluster is full
     * @return a new node
     */
    public JoinRequest fallback(DiscoveryFallback other) {
        return new JoinRequest(token, member, other);
    }

    /**
     * Registers the node and waits, without a deadline, until the cluster is complete, however often the service is away
     * meanwhile. Doing so again does no harm. A service that can't be reached at all, because its name is mistyped or its
     * certificate not trusted, is tried again as well: {@code waitingFor} of the context hears why.
     *
     * @param context what may be used
     * @return what the node is to be
     * @throws DiscoveryException if it can be neither; with {@link DiscoveryFallback#EXIT} also if the cluster is full
     * @throws IOException if something else went wrong
     * @throws InterruptedException if the thread was interrupted while waiting
     */
    public JoinOutcome join(DiscoveryContext context) throws IOException, InterruptedException {
        try {
            InitialCluster cluster = token.open(context).join(memberId(), registration());
            return new JoinOutcome.Member(this, cluster.toString(), token.clusterToken());
        } catch (DiscoveryException e) {
            if (e.problem() == Problem.FULL && fallback == DiscoveryFallback.PROXY) {
                return new JoinOutcome.Proxy(token);
            }
            throw e;
        }
    }

    private String registration() {
        return NewMember.initialCluster(member.name(), member.peerUrls())
                .sorted()
                .collect(Collectors.joining(","));
    }

    /**
     * The id that the member will have, as {@code computeMemberId} (server/etcdserver/api/membership/member.go, etcd 3.5)
     * does it: the first eight bytes of the SHA-1 of its peer URLs, sorted, and the token.
     */
    private String memberId() {
        String text = member.peerUrls().stream().map(EtcdUrl::toString).sorted().collect(Collectors.joining())
                + token.clusterToken();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return Long.toHexString(ByteBuffer.wrap(hash).getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
