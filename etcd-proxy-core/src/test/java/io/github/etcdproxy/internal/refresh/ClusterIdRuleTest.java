package io.github.etcdproxy.internal.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterIdRuleTest {
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final ClusterIdRule rule = new ClusterIdRule(INTERVAL, false);
    private long now = Long.MAX_VALUE - Duration.ofSeconds(40).toNanos(); // it overflows in between

    private static Cluster cluster(String id) {
        return new Cluster(EtcdUrl.of("http://a:2380"), id, List.of());
    }

    /** What is adopted after rounds in which no peer answered for the known cluster, with pauses in between. */
    private String afterFailures(ClusterIdRule tested, String rounds, Duration pause) {
        StringBuilder adopted = new StringBuilder();
        for (String round : rounds.split(" ", -1)) {
            List<Cluster> responses = Stream.of(round.split("", -1))
                    .filter(id -> !id.isEmpty() && !id.equals(".") && !id.equals("+"))
                    .map(ClusterIdRuleTest::cluster)
                    .toList();
            if (round.contains("+")) {
                tested.roundSucceeded();
                adopted.append('-');
            } else {
                adopted.append(
                        tested.roundFailed("a", responses, now).map(Cluster::id).orElse("-"));
            }
            now += pause.toNanos();
        }
        return adopted.toString();
    }

    @ParameterizedTest
    @CsvSource({
        // known id, id of the answer -> whether it can be used
        "a, a, true",
        "'', a, true",
        "a, '', true",
        "'', '', true",
        "a, b, false",
        "a, A, false",
    })
    void objection_otherId_isRaised(String known, String answered, boolean usable) {
        for (boolean strict : new boolean[] {false, true}) {
            ClusterIdRule tested = new ClusterIdRule(INTERVAL, strict);
            Optional<String> objection = tested.objection(known, cluster(answered));

            assertThat(objection.isEmpty()).isEqualTo(usable);
            objection.ifPresent(why -> {
                assertThat(why).startsWith("answered for cluster " + answered + " instead of " + known);
                assertThat(why.contains("strictClusterId is set")).isEqualTo(strict);
            });
        }
    }

    /** Each round has the ids that were answered; {@code .} for none, {@code +} for a round that succeeded. */
    @ParameterizedTest
    @CsvSource({
        "b b b, --b",
        "b b b b, --bb",
        "bb bb bb, --b",
        "b b, --",
        "b b + b b b, -----b",
        "b b a b b b, -----b", // one that knows the old cluster
        "b b ab b b b, -----b",
        "b b bc b b b, -----b", // they disagree
        "b b . b b b, -----b", // nobody answers
        "b b c c c, ----c",
        "b c b c b c, ------",
        "c c b b c c c, ------c",
        ". . ., ---",
        "a a a, ---",
    })
    void otherCluster_isAdoptedAfterThreeRoundsThatAgree(String rounds, String adopted) {
        assertThat(afterFailures(rule, rounds, INTERVAL)).isEqualTo(adopted);
    }

    @ParameterizedTest
    @CsvSource({
        // milliseconds between rounds -> adopted in which round
        "30000, 2",
        "24000, 2", // an interval is spread by a tenth
        "23999, 4",
        "12000, 4",
        "11999, 6",
        "1000, 48",
    })
    void otherCluster_roundsTooClose_countOnce(long pause, int round) {
        String adopted = afterFailures(rule, "b ".repeat(60).strip(), Duration.ofMillis(pause));

        assertThat(adopted.indexOf('b')).isEqualTo(round);
    }

    @Test
    void otherCluster_strictRule_isNeverAdopted() {
        String adopted =
                afterFailures(new ClusterIdRule(INTERVAL, true), "b ".repeat(20).strip(), INTERVAL);

        assertThat(adopted).doesNotContain("b");
    }
}
