package io.github.etcdproxy.promotion;

import io.github.etcdproxy.internal.backoff.Sleeper;
import io.github.etcdproxy.internal.flags.NewMember;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.time.Ticker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A request to turn the machine of a proxy into a member, following etcd's guide (Documentation/v2/proxy.md, "Promote a
 * proxy to a member of etcd cluster"): the member is added to the cluster, the proxy is closed, and its data is
 * removed. The caller then starts {@code etcd}. Immutable.
 *
 * <p>Each step is idempotent: a failed promotion continues where it ended when it is run again.
 *
 * @param name the member's name: {@code --name}
 * @param peerUrls the member's peer URLs: {@code --initial-advertise-peer-urls}
 * @param clientUrls the member's client URLs
 * @param timeout bounds the whole promotion; a cluster may need some seconds before it accepts a new member
 * @since 0.1
 */
public record PromotionRequest(String name, List<EtcdUrl> peerUrls, List<EtcdUrl> clientUrls, Duration timeout) {
    private static final Duration LONGEST = Duration.ofDays(1);

    /**
     * Validates and copies the arguments.
     *
     * @throws IllegalArgumentException if the name is invalid, there is no peer URL, one is a wildcard, there is
     *     no client URL, or the timeout is not from one millisecond to a day; the message says what to write
     */
    public PromotionRequest {
        NewMember member = new NewMember(name, peerUrls);
        name = member.name();
        peerUrls = member.peerUrls();
        Objects.requireNonNull(timeout, "timeout: null: give a duration, for example 1 minute");
        clientUrls = List.copyOf(clientUrls);
        if (clientUrls.isEmpty()) {
            throw new IllegalArgumentException(
                    "advertise-client-urls: none given: write the URL at which clients reach the"
                            + " member, for example http://10.0.1.11:2379");
        }
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "timeout: " + timeout + ": write a duration from 1 ms to 1 day, for example 1 minute");
        }
    }

    /**
     * Creates a promotion with a timeout of one minute. The client URL is port 2379 at the host of the first peer URL.
     *
     * @param name the member's name
     * @param peerUrls the member's peer URLs, for example {@code http://10.0.1.11:2380}; each may be a comma-separated
     *     list
     * @return a promotion
     * @throws IllegalArgumentException if the name is invalid, or a URL is missing, malformed or a wildcard; the
     *     message names it and says what to write
     */
    public static PromotionRequest of(String name, String... peerUrls) {
        NewMember member = NewMember.of(name, peerUrls);
        EtcdUrl first = member.peerUrls().get(0);
        return new PromotionRequest(
                name,
                member.peerUrls(),
                List.of(new EtcdUrl(first.scheme(), first.host(), 2379)),
                Duration.ofMinutes(1));
    }

    /**
     * Returns this promotion with other client URLs.
     *
     * @param urls the member's client URLs; each may be a comma-separated list
     * @return a new promotion
     * @throws IllegalArgumentException if a URL is malformed, or there is none
     */
    public PromotionRequest clientUrls(String... urls) {
        return new PromotionRequest(name, peerUrls, EtcdUrl.parseList("advertise-client-urls", urls), timeout);
    }

    /**
     * Returns this promotion with another timeout.
     *
     * @param atMost bounds the whole promotion
     * @return a new promotion
     */
    public PromotionRequest timeout(Duration atMost) {
        return new PromotionRequest(name, peerUrls, clientUrls, atMost);
    }

    /**
     * Runs the promotion. Blocks the calling thread.
     *
     * @param members the client URLs of members, which serve the API
     * @param transport reaches the members
     * @param closeProxy closes the proxy; called when the member has been added
     * @param dataDir the proxy's data directory; empty if it has none
     * @return the member, which the caller must start
     * @throws PromotionException if it fails; the message says what has been done and what to do next
     * @throws InterruptedException if the thread was interrupted; then run it again
     */
    public PromotedMember run(
            List<EtcdUrl> members, PeerTransport transport, Runnable closeProxy, Optional<Path> dataDir)
            throws PromotionException, InterruptedException {
        return new PromotionSequence(this, closeProxy, dataDir)
                .run(members, transport, Ticker.system(), Sleeper.system());
    }
}
