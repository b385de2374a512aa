package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.okhttp.RawCluster.Setup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The option to send each call to the next member. */
@Timeout(60)
class RoundRobinTest {

    private static RawCluster start(boolean roundRobin) throws Exception {
        return Setup.of(3, false)
                .with(options -> options.roundRobin(roundRobin))
                .start();
    }

    private static List<String> answers(RawCluster cluster, int calls) throws Exception {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            answers.add(body(cluster.client(), i % 2 == 0 ? get("/a") : post("/a", "1"), 200));
        }
        return answers;
    }

    @ParameterizedTest
    @CsvSource({"true, 3", "false, 1"})
    void calls_goToMembersInTurn(boolean roundRobin, int members) throws Exception {
        try (RawCluster cluster = start(roundRobin)) {
            List<String> answers = answers(cluster, 12);

            assertThat(answers.subList(0, 3))
                    .satisfies(first -> assertThat(Collections.nCopies(4, first).stream()
                                    .flatMap(List::stream)
                                    .toList())
                            .isEqualTo(answers));
            assertThat(answers.stream().distinct()).hasSize(members);
        }
    }

    @Test
    void memberDown_isLeftOutOfTurn() throws Exception {
        try (RawCluster cluster = start(true)) {
            cluster.member(1).refuse();
            answers(cluster, 3); // in which its failure is found

            List<String> answers = answers(cluster, 12);

            assertThat(answers.stream().distinct()).hasSize(2);
            assertThat(answers)
                    .allSatisfy(member ->
                            assertThat(Collections.frequency(answers, member)).isBetween(4, 8));
            assertThat(cluster.isUp(1)).isFalse();
        }
    }
}
