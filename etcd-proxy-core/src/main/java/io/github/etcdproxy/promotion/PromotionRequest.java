package io.github.etcdproxy.promotion;

import io.github.etcdproxy.discovery.NewMember;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.datadir.DataDir;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.promotion.PromotionException.Done;
import io.github.etcdproxy.time.Sleeper;
import io.github.etcdproxy.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes a member of the machine on which a proxy runs, in the steps of etcd's guide (Documentation/v2/proxy.md, "Promote a
 * proxy to a member of etcd cluster"): the member is added to the cluster, the proxy is closed, and what it remembered is
 * removed. What is left to do is to start {@code etcd}. Immutable.
 *
 * <p>Each step can be repeated: a promotion that ended with an error goes on where it ended when it is run again.
 *
 * @param member its name, and where the other members are to reach it
 * @param clientUrls where clients are to reach it
 * @param timeout bounds the promotion as a whole; a cluster may take some seconds before it lets a member be added
 */
public record PromotionRequest(NewMember member, List<EtcdUrl> clientUrls, Duration timeout) {
    private static final Duration LONGEST = Duration.ofDays(1);

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if there is no client URL, or the timeout is not from one millisecond to a day
     */
    public PromotionRequest {
        Objects.requireNonNull(member, "member: null: give its name and peer URLs");
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
     * A promotion that takes a minute at most, to a member whose clients reach it at the host of its first peer URL, port
     * 2379.
     *
     * @param name the member's name
     * @param peerUrls where the other members are to reach it, for example {@code http://10.0.1.11:2380}; each may be a list
     *     separated by commas
     * @return a promotion
     * @throws IllegalArgumentException if the name can't be used, a URL is malformed or a wildcard, or there is none; the
     *     message names it and says what to write
     */
    public static PromotionRequest of(String name, String... peerUrls) {
        NewMember member = NewMember.of(name, peerUrls);
        EtcdUrl first = member.peerUrls().get(0);
        return new PromotionRequest(
                member, List.of(new EtcdUrl(first.scheme(), first.host(), 2379)), Duration.ofMinutes(1));
    }

    /**
     * The same promotion to a member with other client URLs.
     *
     * @param urls where clients are to reach it; each may be a list separated by commas
     * @return a new promotion
     * @throws IllegalArgumentException if a URL is malformed, or there is none
     */
    public PromotionRequest clientUrls(String... urls) {
        return new PromotionRequest(member, EtcdUrl.parseList("advertise-client-urls", urls), timeout);
    }

    /**
     * The same promotion with another bound.
     *
     * @param atMost how long it may take
     * @return a new promotion
     */
    public PromotionRequest timeout(Duration atMost) {
        return new PromotionRequest(member, clientUrls, atMost);
    }

    /**
     * Runs the steps. Blocks the calling thread.
     *
     * @param members the client URLs of members, at which the API is asked
     * @param transport reaches them
     * @param closeProxy closes the proxy; called when the member has been added
     * @param dataDir where the proxy remembers its peers; empty if nowhere
     * @return the member, to be started
     * @throws PromotionException if it does not come to its end; the message says what has been done and what to do next
     * @throws InterruptedException if the thread was interrupted; then run it again
     */
    @SuppressWarnings("exports") // for etcd-proxy-okhttp
    public PromotedMember run(
            List<EtcdUrl> members, PeerTransport transport, Runnable closeProxy, Optional<DataDir> dataDir)
            throws PromotionException, InterruptedException {
        return run(members, transport, closeProxy, dataDir, Ticker.system(), Sleeper.system());
    }

    PromotedMember run(
            List<EtcdUrl> members,
            PeerTransport transport,
            Runnable closeProxy,
            Optional<DataDir> dataDir,
            Ticker ticker,
            Sleeper sleeper)
            throws PromotionException, InterruptedException {
        String initialCluster =
                new MemberAdder(member, timeout, Peers.atClientPorts(members), transport, ticker, sleeper).run();
        PromotedMember promoted = new PromotedMember(
                member.name(), member.peerUrls(), clientUrls, initialCluster, dataDir.map(DataDir::path));
        closeProxy.run();
        try {
            if (dataDir.isPresent()) {
                dataDir.get().forgetProxy();
            }
        } catch (IOException e) {
            throw new PromotionException(
                    Done.PROXY_CLOSED,
                    "The member " + member.name()
                            + " has been added and the proxy is closed, but what it remembered can't be"
                            + " removed from " + dataDir.get().path().resolve("proxy") + " (" + ErrorText.of(e)
                            + "): remove it, then start the member: " + String.join(" ", promoted.commandLine()),
                    e);
        }
        return promoted;
    }
}
