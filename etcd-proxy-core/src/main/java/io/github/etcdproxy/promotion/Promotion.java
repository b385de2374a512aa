package io.github.etcdproxy.promotion;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.cluster.MembersClient;
import io.github.etcdproxy.cluster.NoPeerAnsweredException;
import io.github.etcdproxy.datadir.DataDir;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.NewMember;
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
import java.util.Set;
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
 * @param member its name, and where the other members are to reach it
 * @param clientUrls where clients are to reach it
 * @param timeout bounds the promotion as a whole; a cluster may take some seconds before it lets a member be added
 */
public record Promotion(NewMember member, List<EtcdUrl> clientUrls, Duration timeout) {
    private static final Duration EXCHANGE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofDays(1);

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if there is no client URL, or the timeout is not from one millisecond to a day
     */
    public Promotion {
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
    public static Promotion of(String name, String... peerUrls) {
        NewMember member = NewMember.of(name, peerUrls);
        EtcdUrl first = member.peerUrls().get(0);
        return new Promotion(member, List.of(new EtcdUrl(first.scheme(), first.host(), 2379)), Duration.ofMinutes(1));
    }

    /**
     * The same promotion to a member with other client URLs.
     *
     * @param urls where clients are to reach it; each may be a list separated by commas
     * @return a new promotion
     * @throws IllegalArgumentException if a URL is malformed, or there is none
     */
    public Promotion clientUrls(String... urls) {
        return new Promotion(member, EtcdUrl.parseList("advertise-client-urls", urls), timeout);
    }

    /**
     * The same promotion with another bound.
     *
     * @param atMost how long it may take
     * @return a new promotion
     */
    public Promotion timeout(Duration atMost) {
        return new Promotion(member, clientUrls, atMost);
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
        String initialCluster = new Adding(Peers.atClientPorts(members), transport, ticker, sleeper).run();
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
                            + " removed from " + dataDir.get().path().resolve("proxy") + " (" + Reason.of(e)
                            + "): remove it, then start the member: " + String.join(" ", promoted.commandLine()),
                    e);
        }
        return promoted;
    }

    /** The first step: looks, does what is missing, and looks again, until the member is there. */
    private final class Adding {
        private final Peers members;
        private final PeerTransport transport;
        private final Ticker ticker;
        private final Sleeper sleeper;
        private final long begun;
        private Done done = Done.NOTHING;
        private String lastLook = "the time was up before any member was asked";
        private @Nullable String lastAnswer;
        private @Nullable EtcdUrl answered;

        Adding(Peers members, PeerTransport transport, Ticker ticker, Sleeper sleeper) {
            this.members = members;
            this.transport = transport;
            this.ticker = ticker;
            this.sleeper = sleeper;
            this.begun = ticker.read();
        }

        /** Returns the initial cluster, in which the member is. */
        String run() throws PromotionException, InterruptedException {
            while (true) {
                Optional<Cluster> cluster = look();
                if (cluster.isPresent() && own(cluster.get()).isPresent()) {
                    requireOurs(own(cluster.get()).get());
                    done = Done.ADDED;
                    requireStarted(cluster.get());
                    return initialCluster(cluster.get(), own(cluster.get()).get());
                }
                if (left().isZero()) {
                    throw failed(lastAnswer == null ? lastLook : lastAnswer);
                }
                Done before = done;
                if (cluster.isPresent()) {
                    requireStarted(cluster.get());
                    requireFree(cluster.get());
                    add(cluster.get().source());
                }
                if (before == done || done != Done.ADDED) { // else it will be seen at once
                    sleeper.sleep(shorter(PAUSE, left()));
                }
            }
        }

        private Duration left() {
            Duration left = timeout.minusNanos(ticker.read() - begun);
            return left.isNegative() ? Duration.ZERO : left;
        }

        /** One exchange; the last look, after the time is up, gets a second all the same. */
        private Duration exchange() {
            Duration left = shorter(EXCHANGE, left());
            return left.compareTo(PAUSE) < 0 ? PAUSE : left;
        }

        private Optional<Cluster> look() throws InterruptedException {
            // Who answered the request knows best what became of it.
            List<EtcdUrl> urls = Stream.concat(Stream.ofNullable(answered), members.urls().stream())
                    .distinct()
                    .toList();
            for (EtcdUrl url : urls) {
                try {
                    Peers one = members.at(List.of(url));
                    return Optional.of(new MembersClient(transport, exchange()).fetch(one, any -> Optional.empty()));
                } catch (NoPeerAnsweredException e) {
                    lastLook = Reason.of(e);
                }
                if (left().isZero()) {
                    break;
                }
            }
            return Optional.empty();
        }

        private void add(EtcdUrl url) throws PromotionException {
            Done before = done;
            done = before == Done.ADDED ? Done.ADDED : Done.UNKNOWN;
            MemberAdd.Answer answer;
            try {
                answer = MemberAdd.ask(url, member, transport, exchange());
            } catch (IOException e) {
                lastAnswer = url + ": " + Reason.of(e);
                return;
            }
            answered = url;
            lastAnswer = answer.said();
            switch (answer.outcome()) {
                case ADDED -> done = Done.ADDED;
                case NOT_NOW -> done = before; // an earlier request may have been carried out
                case REFUSED -> {
                    done = before;
                    throw failed(answer.said());
                }
                case UNKNOWN -> {}
            }
        }

        private Optional<Member> own(Cluster cluster) {
            return cluster.members().stream()
                    .filter(other -> other.peerUrls().stream().anyMatch(member.peerUrls()::contains))
                    .findFirst();
        }

        private void requireOurs(Member own) throws PromotionException {
            if (!own.name().isEmpty() && !own.name().equals(member.name())) {
                throw failed("the member " + own.name() + " has the peer URLs " + own.peerUrls() + ": choose others");
            }
            if (!Set.copyOf(own.peerUrls()).equals(Set.copyOf(member.peerUrls()))) {
                throw failed("a member was added with the peer URLs " + own.peerUrls() + ", and not with "
                        + member.peerUrls() + ": promote with those");
            }
        }

        private void requireStarted(Cluster cluster) throws PromotionException {
            for (Member other : cluster.members()) {
                if (other.name().isEmpty() && !own(cluster).equals(Optional.of(other))) {
                    throw failed("the member " + other.idHex() + " with the peer URLs " + other.peerUrls()
                            + " has been added and not been started: start it first, or remove it (etcdctl member"
                            + " remove " + other.idHex() + ")");
                }
            }
        }

        private void requireFree(Cluster cluster) throws PromotionException {
            for (Member other : cluster.members()) {
                if (other.name().equals(member.name())) {
                    throw failed("another member has this name, with the peer URLs " + other.peerUrls()
                            + ": choose another");
                }
            }
            List<String> schemes =
                    cluster.peerUrls().stream().map(EtcdUrl::scheme).distinct().toList();
            if (schemes.size() == 1 && member.peerUrls().stream().noneMatch(url -> schemes.contains(url.scheme()))) {
                throw failed(
                        "the peers speak " + schemes.get(0) + ", and the peer URLs " + member.peerUrls() + " don't");
            }
        }

        private String initialCluster(Cluster cluster, Member own) {
            Stream<String> others = cluster.members().stream()
                    .filter(other -> !other.equals(own))
                    .flatMap(other -> NewMember.initialCluster(other.name(), other.peerUrls()));
            return Stream.concat(others, NewMember.initialCluster(member.name(), own.peerUrls()))
                    .collect(Collectors.joining(","));
        }

        private PromotionException failed(String why) {
            String state = switch (done) {
                case NOTHING -> " has not been added: nothing has changed, and the proxy goes on. ";
                case UNKNOWN ->
                    " may have been added or not; the proxy goes on. Promote it again, which goes on where"
                            + " this ended. ";
                default -> " has been added; the proxy goes on. Promote it again, which goes on where this ended. ";
            };
            return new PromotionException(done, "The member " + member.name() + state + "The reason: " + why, null);
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
