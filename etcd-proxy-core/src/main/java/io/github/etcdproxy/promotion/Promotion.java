package io.github.etcdproxy.promotion;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.cluster.MembersClient;
import io.github.etcdproxy.datadir.DataDir;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import io.github.etcdproxy.promotion.PromotionException.Done;
import io.github.etcdproxy.time.Sleeper;
import io.github.etcdproxy.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a member of the machine on which a proxy runs, in the steps of etcd's guide (Documentation/v2/proxy.md, "Promote a
 * proxy to a member of etcd cluster"): the member is added to the cluster, the proxy is closed, and what it remembered is
 * removed. What is left to do is to start {@code etcd}. Immutable.
 *
 * <p>Each step can be repeated: a promotion that ended with an error goes on where it ended when it is run again.
 *
 * @param name the member's name, unlike that of any other
 * @param peerUrls where the other members are to reach it
 * @param clientUrls where clients are to reach it
 * @param timeout bounds the promotion as a whole; a cluster may take some seconds before it lets a member be added
 */
public record Promotion(String name, List<EtcdUrl> peerUrls, List<EtcdUrl> clientUrls, Duration timeout) {
    private static final Duration EXCHANGE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if the name is empty or has a comma or an equals sign, or a list is empty
     */
    public Promotion {
        peerUrls = List.copyOf(peerUrls);
        clientUrls = List.copyOf(clientUrls);
        Objects.requireNonNull(timeout, "timeout: null: give a duration, for example 1 minute");
        if (name.isBlank() || name.contains(",") || name.contains("=")) {
            throw new IllegalArgumentException(
                    "name: \"" + name + "\": write a name without \",\" and \"=\", for example infra1");
        }
        if (peerUrls.isEmpty() || clientUrls.isEmpty()) {
            throw new IllegalArgumentException(
                    "peer-url: none given: write the URL at which the other members reach this"
                            + " one, for example http://10.0.1.11:2380");
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
     * @throws IllegalArgumentException if the name can't be used, a URL is malformed, or there is none; the message names it
     *     and says what to write
     */
    public static Promotion of(String name, String... peerUrls) {
        List<EtcdUrl> peers = EtcdUrl.parseList("peer-url", peerUrls);
        EtcdUrl first = peers.get(0);
        return new Promotion(
                name, peers, List.of(new EtcdUrl(first.scheme(), first.host(), 2379)), Duration.ofMinutes(1));
    }

    /**
     * The same promotion to a member with other client URLs.
     *
     * @param urls where clients are to reach it; each may be a list separated by commas
     * @return a new promotion
     * @throws IllegalArgumentException if a URL is malformed, or there is none
     */
    public Promotion clientUrls(String... urls) {
        return new Promotion(name, peerUrls, EtcdUrl.parseList("advertise-client-urls", urls), timeout);
    }

    /**
     * The same promotion with another bound.
     *
     * @param atMost how long it may take
     * @return a new promotion
     */
    public Promotion timeout(Duration atMost) {
        return new Promotion(name, peerUrls, clientUrls, atMost);
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
        String initialCluster = add(members, transport, ticker, sleeper);
        PromotedMember promoted =
                new PromotedMember(name, peerUrls, clientUrls, initialCluster, dataDir.map(DataDir::path));
        closeProxy.run();
        try {
            if (dataDir.isPresent()) {
                dataDir.get().forgetProxy();
            }
        } catch (IOException e) {
            throw new PromotionException(
                    Done.PROXY_CLOSED,
                    "The member " + name
                            + " has been added and the proxy is closed, but what it remembered can't be removed"
                            + " from " + dataDir.get().path().resolve("proxy") + " (" + Reason.of(e)
                            + "): remove it, then start the member: " + String.join(" ", promoted.commandLine()),
                    e);
        }
        return promoted;
    }

    /** Adds the member unless that has been done; returns the initial cluster. */
    private String add(List<EtcdUrl> members, PeerTransport transport, Ticker ticker, Sleeper sleeper)
            throws PromotionException, InterruptedException {
        MembersClient client = new MembersClient(transport, EXCHANGE);
        MemberAdd memberAdd = new MemberAdd(transport, EXCHANGE, peerUrls);
        Peers asked = Peers.atClientPorts(members);
        long begun = ticker.read();
        Done done = Done.NOTHING;
        String last = "";
        while (true) {
            try {
                Cluster cluster = client.fetch(asked, any -> Optional.empty());
                Optional<Member> own = own(cluster);
                if (own.isPresent()) {
                    return initialCluster(cluster, own.get());
                }
                requireFree(cluster, done);
                done = Done.UNKNOWN;
                if (memberAdd.at(cluster.source()) == MemberAdd.Result.REFUSED_FOR_NOW) {
                    done = Done.NOTHING;
                }
                last = memberAdd.said();
            } catch (PromotionException e) {
                throw e; // waiting would not mend it
            } catch (MemberAdd.RefusedException e) {
                throw failed(Done.NOTHING, Reason.of(e), e);
            } catch (IOException e) {
                last = Reason.of(e);
            }
            if (ticker.read() - begun >= timeout.toNanos()) {
                throw failed(done, last, null);
            }
            sleeper.sleep(PAUSE);
        }
    }

    private PromotionException failed(Done done, String why, @Nullable IOException cause) {
        String state = done == Done.NOTHING
                ? "The member " + name + " has not been added: nothing has changed, and the proxy goes on. "
                : "It is not known whether the member " + name
                        + " has been added; the proxy goes on. Promote it again, which" + " goes on where this ended. ";
        return new PromotionException(done, state + "The cluster said last: " + why, cause);
    }

    private Optional<Member> own(Cluster cluster) {
        return cluster.members().stream()
                .filter(member -> member.peerUrls().stream().anyMatch(peerUrls::contains))
                .findFirst();
    }

    private void requireFree(Cluster cluster, Done done) throws PromotionException {
        for (Member member : cluster.members()) {
            if (member.name().equals(name)) {
                throw failed(
                        done,
                        "another member has this name, with the peer URLs " + member.peerUrls() + ": choose another",
                        null);
            }
            if (member.name().isEmpty()) {
                throw failed(
                        done,
                        "the member " + member.idHex() + " with the peer URLs " + member.peerUrls()
                                + " has been added and not been started: start it first, or remove it (etcdctl member remove "
                                + member.idHex() + ")",
                        null);
            }
        }
    }

    private String initialCluster(Cluster cluster, Member own) throws PromotionException {
        if (!own.name().isEmpty() && !own.name().equals(name)) {
            throw failed(
                    Done.NOTHING,
                    "the member " + own.name() + " has the peer URLs " + own.peerUrls() + ": choose others",
                    null);
        }
        Stream<String> others = cluster.members().stream()
                .filter(member -> !member.equals(own))
                .flatMap(member -> named(member.name(), member));
        return Stream.concat(others, named(name, own)).collect(Collectors.joining(","));
    }

    private static Stream<String> named(String name, Member member) {
        return member.peerUrls().stream().map(url -> name + "=" + url);
    }
}
