package io.github.etcdproxy.promotion;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.backoff.Sleeper;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.flags.NewMember;
import io.github.etcdproxy.internal.members.MembersClient;
import io.github.etcdproxy.internal.members.NoPeerAnsweredException;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.promotion.PromotionException.Done;
import io.github.etcdproxy.time.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The first step of a promotion: lists the members, adds the new one if it is missing, and repeats until it is listed.
 */
final class AddMemberStep {
    private static final Duration EXCHANGE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final NewMember member;
    private final Duration timeout;
    private final Peers members;
    private final PeerTransport transport;
    private final Ticker ticker;
    private final Sleeper sleeper;
    private final long begun;
    private Done done = Done.NOTHING;
    private String lastLook = "the timeout expired before any member was asked";
    private @Nullable String lastAnswer;
    private @Nullable EtcdUrl answered;

    AddMemberStep(
            NewMember member,
            Duration timeout,
            Peers members,
            PeerTransport transport,
            Ticker ticker,
            Sleeper sleeper) {
        this.member = member;
        this.timeout = timeout;
        this.members = members;
        this.transport = transport;
        this.ticker = ticker;
        this.sleeper = sleeper;
        this.begun = ticker.read();
    }

    /** Returns the initial cluster, which includes the member. */
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
            if (before == done || done != Done.ADDED) { // otherwise it is listed at once
                sleeper.sleep(shorter(PAUSE, left()));
            }
        }
    }

    private Duration left() {
        Duration left = timeout.minusNanos(ticker.read() - begun);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** The timeout of one exchange. The last listing, after the deadline, gets one second. */
    private Duration exchange() {
        Duration left = shorter(EXCHANGE, left());
        return left.compareTo(PAUSE) < 0 ? PAUSE : left;
    }

    private Optional<Cluster> look() throws InterruptedException {
        // The member that answered the request knows its outcome best.
        List<EtcdUrl> urls = Stream.concat(Stream.ofNullable(answered), members.urls().stream())
                .distinct()
                .toList();
        for (EtcdUrl url : urls) {
            try {
                Peers one = members.at(List.of(url));
                Duration exchange = exchange();
                return Optional.of(new MembersClient(transport, exchange, exchange).fetch(one, cluster -> cluster));
            } catch (NoPeerAnsweredException e) {
                lastLook = ErrorText.of(e);
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
        MemberAddRequest.Answer answer;
        try {
            answer = MemberAddRequest.ask(url, member, transport, exchange());
        } catch (IOException e) {
            lastAnswer = url + ": " + ErrorText.of(e);
            return;
        }
        answered = url;
        lastAnswer = answer.said();
        switch (answer.outcome()) {
            case ADDED -> done = Done.ADDED;
            case NOT_NOW -> done = before; // an earlier request may have succeeded
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
                        + " has been added but not started: start it first, or remove it (etcdctl member"
                        + " remove " + other.idHex() + ")");
            }
        }
    }

    private void requireFree(Cluster cluster) throws PromotionException {
        for (Member other : cluster.members()) {
            if (other.name().equals(member.name())) {
                throw failed(
                        "another member has this name, with the peer URLs " + other.peerUrls() + ": choose another");
            }
        }
        List<String> schemes =
                cluster.peerUrls().stream().map(EtcdUrl::scheme).distinct().toList();
        if (schemes.size() == 1 && member.peerUrls().stream().noneMatch(url -> schemes.contains(url.scheme()))) {
            throw failed("the peers speak " + schemes.get(0) + ", and the peer URLs " + member.peerUrls() + " don't");
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
            case NOTHING -> " has not been added: nothing has changed, and the proxy keeps running. ";
            case UNKNOWN ->
                " may have been added; the proxy keeps running. Promote it again, which continues where"
                        + " this ended. ";
            default -> " has been added; the proxy keeps running. Promote it again, which continues where this ended. ";
        };
        return new PromotionException(done, "The member " + member.name() + state + "The reason: " + why, null);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
