package io.github.etcdproxy.promotion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.promotion.PromotionException.Done;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A promotion on a scripted cluster, with a clock that each exchange and each pause advances. */
class PromotionTest {
    private static final String INFRA0 =
            "{\"ID\":\"1\",\"name\":\"infra0\",\"peerURLs\":[\"http://10.0.1.10:2380\"],\"clientURLs\":[\"http://10.0.1.10:2379\"]}";
    private static final String NEW = "{\"ID\":\"2\",\"peerURLs\":[\"http://10.0.1.11:2380\"]}";
    private static final String OTHER = "{\"ID\":\"3\",\"peerURLs\":[\"http://10.0.1.12:2380\"]}";

    private final Deque<String> additions = new ArrayDeque<>();
    private final List<String> closed = new ArrayList<>();
    private String members = list(INFRA0);
    private Duration exchange = Duration.ZERO;
    private String dead = "";
    private long now;
    private int asked;

    private static String list(String... members) {
        return "{\"header\":{\"cluster_id\":\"1\"},\"members\":[" + String.join(",", members) + "]}";
    }

    private PeerResponse send(PeerRequest request) throws IOException {
        now += exchange.compareTo(request.timeout()) < 0
                ? exchange.toNanos()
                : request.timeout().toNanos();
        if (exchange.compareTo(request.timeout()) > 0) {
            throw new IOException("timed out");
        }
        if (request.uri().getHost().equals(dead)) {
            throw new IOException("refused");
        }
        if (request.uri().getPath().endsWith("/list")) {
            return response(200, members);
        }
        asked++;
        // "status", or "status text", or "lost"; a "+" before it: the member is added all the same
        String next = additions.isEmpty() ? "503 etcdserver: unhealthy cluster" : additions.remove();
        if (next.startsWith("+")) {
            members = list(INFRA0, NEW);
        }
        String answer = next.replaceFirst("^\\+", "");
        if (answer.equals("lost")) {
            throw new IOException("connection reset");
        }
        if (answer.equals("bug")) {
            throw new IllegalStateException("an interceptor's bug");
        }
        String[] parts = answer.split(" ", 2);
        return response(Integer.parseInt(parts[0]), parts.length > 1 ? "{\"error\":\"" + parts[1] + "\"}" : "");
    }

    private static PeerResponse response(int status, String body) {
        return new PeerResponse(status, Map.of(), new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    private PromotedMember promote(PromotionRequest promotion) throws Exception {
        return new PromotionSequence(promotion, () -> closed.add("closed"), Optional.empty())
                .run(
                        EtcdUrl.parseList("test", "http://10.0.1.10:2379,http://10.0.1.13:2379"),
                        this::send,
                        () -> now,
                        pause -> now += pause.toNanos());
    }

    private static PromotionRequest infra1() {
        return PromotionRequest.of("infra1", "http://10.0.1.11:2380");
    }

    @ParameterizedTest
    @CsvSource({
        "+200",
        "+lost", // its answer
        "+500 etcdserver: request timed out",
        "+bug",
        "503 etcdserver: unhealthy cluster;+200",
        "400 etcdserver: re-configuration failed due to not enough started members;+200",
        "+409 membership: peerURL exists",
        "lost;+200",
        "+408 a gateway's", // but the member carries it out
        "429 too many requests;+200",
    })
    void theMemberIsAddedWhateverComesInBetween(String script) throws Exception {
        additions.addAll(List.of(script.split(";", -1)));
        PromotedMember member = promote(infra1());

        assertThat(member.initialCluster()).isEqualTo("infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380");
        assertThat(String.join(" ", member.commandLine()))
                .isEqualTo("etcd --name infra1"
                        + " --initial-cluster infra0=http://10.0.1.10:2380,infra1=http://10.0.1.11:2380"
                        + " --initial-cluster-state existing"
                        + " --initial-advertise-peer-urls http://10.0.1.11:2380 --listen-peer-urls http://10.0.1.11:2380"
                        + " --advertise-client-urls http://10.0.1.11:2379 --listen-client-urls http://10.0.1.11:2379");
        assertThat(closed).hasSize(1);
        assertThat(additions).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|NOTHING|unhealthy cluster: each member must have been connected to the others for five seconds",
                "403 permission denied|NOTHING|answered 403 permission denied: give a client that authenticates itself",
                "400 malformed|NOTHING|answered 400 malformed",
                "404;404;404;404|NOTHING|serves no API to add members",
                "500 request timed out|UNKNOWN|unhealthy cluster", // later responses don't make it certain
                "lost;401 no user|UNKNOWN|answered 401 no user",
            })
    void anErrorSaysWhatHasBeenDone(String script, Done done, String reason) {
        additions.addAll(script == null ? List.of() : List.of(script.split(";", -1)));
        assertThatThrownBy(() -> promote(infra1()))
                .isInstanceOfSatisfying(
                        PromotionException.class, e -> assertThat(e.done()).isEqualTo(done))
                .hasMessageContaining(reason)
                .hasMessageContaining(done == Done.NOTHING ? "has not been added" : "may have been added");
        assertThat(closed).isEmpty();
        assertThat(now).isLessThanOrEqualTo(Duration.ofSeconds(62).toNanos());
    }

    @Test
    void silentCluster_respectsTimeout() {
        exchange = Duration.ofHours(1);
        assertThatThrownBy(() -> promote(infra1().timeout(Duration.ofSeconds(15))))
                .isInstanceOfSatisfying(
                        PromotionException.class, e -> assertThat(e.done()).isEqualTo(Done.NOTHING))
                .hasMessageContaining("timed out");
        assertThat(Duration.ofNanos(now)).isLessThan(Duration.ofSeconds(19));
    }

    @Test
    void addedJustBeforeTimeout_isFound() throws Exception {
        exchange = Duration.ofMillis(900);
        additions.add("+200");
        assertThat(promote(infra1().timeout(Duration.ofSeconds(1))).name()).isEqualTo("infra1");
    }

    @Test
    void presentMember_isNotAddedAgain() throws Exception {
        members = list(INFRA0, NEW);
        promote(infra1());
        members = list(INFRA0, NEW.replace("{", "{\"name\":\"infra1\","));
        promote(infra1());
        assertThat(asked).isZero();
    }

    @Test
    void whatWouldEndBadlyIsNotBegun() {
        List<PromotionRequest> bad = List.of(
                PromotionRequest.of("infra0", "http://10.0.1.11:2380"), // the name is taken
                PromotionRequest.of("infra1", "http://10.0.1.10:2380"), // the URL is taken
                PromotionRequest.of("infra1", "https://10.0.1.11:2380")); // the others speak http
        for (PromotionRequest promotion : bad) {
            assertThatThrownBy(() -> promote(promotion))
                    .isInstanceOfSatisfying(
                            PromotionException.class, e -> assertThat(e.done()).isEqualTo(Done.NOTHING));
        }
        for (String others : List.of(list(INFRA0, OTHER), list(INFRA0, OTHER, NEW))) {
            members = others;
            assertThatThrownBy(() -> promote(infra1()))
                    .hasMessageContaining(
                            "the member 3 with the peer URLs [http://10.0.1.12:2380] has been added but not"
                                    + " started: start it first, or remove it (etcdctl member remove 3)");
        }
        members = list(INFRA0, OTHER);
        assertThatThrownBy(() -> promote(PromotionRequest.of("infra9", "http://10.0.1.10:2380")))
                .isInstanceOfSatisfying(
                        PromotionException.class, e -> assertThat(e.done()).isEqualTo(Done.NOTHING))
                .hasMessageContaining("the member infra0 has the peer URLs");
        members = list(INFRA0, NEW);
        assertThatThrownBy(() -> promote(PromotionRequest.of("infra1", "http://10.0.1.11:2380,http://10.0.1.11:2390")))
                .hasMessageContaining("and not with [http://10.0.1.11:2380, http://10.0.1.11:2390]");
        assertThat(asked).isZero();
        assertThat(closed).isEmpty();
    }

    @Test
    void deadMember_doesNotHideClustersReason() {
        dead = "10.0.1.10";
        assertThatThrownBy(() -> promote(infra1()))
                .hasMessageContaining(
                        "http://10.0.1.13:2379 answered 503 etcdserver: unhealthy cluster: each member must");
    }

    @Test
    void badValuesAreNamed() {
        assertThatThrownBy(() -> PromotionRequest.of("infra1", "http://0.0.0.0:2380"))
                .hasMessageStartingWith(
                        "initial-advertise-peer-urls: \"http://0.0.0.0:2380\": no other member can reach a");
        assertThatThrownBy(() -> PromotionRequest.of("a,b", "http://a:1"))
                .hasMessageStartingWith("name: \"a,b\": write a name");
        assertThatThrownBy(() -> PromotionRequest.of(" ", "http://a:1"))
                .hasMessageStartingWith("name: \"\": write a name");
        assertThatThrownBy(() -> PromotionRequest.of("a"))
                .hasMessageStartingWith("initial-advertise-peer-urls: none given");
        Stream.of(Duration.ZERO, Duration.ofSeconds(-1), ChronoUnit.FOREVER.getDuration())
                .forEach(timeout -> assertThatThrownBy(() -> infra1().timeout(timeout))
                        .hasMessageContaining("write a duration from 1 ms to 1 day"));
    }
}
