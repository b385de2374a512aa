package io.github.etcdproxy.okhttp.internal.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.internal.failover.ReplayRule.NextStep;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemberSelectorTest {

    /** {@code n}: try the next; {@code s}: and the same once more as the last; {@code r}: reconnect. */
    @ParameterizedTest
    @CsvSource({
        "a,   n,    a",
        "abc, nnn,  abc",
        "abc, rrn,  aaab",
        "abc, snnn, abca",
        "abc, nsnn, abcb",
        "abc, nnsn, abcc",
        "a,   sn,   aa",
        "a,   srn,  aaa",
        "ab,  srrn, abbba",
    })
    void triesEachOnceAndOneAgain(String order, String steps, String tried) {
        MemberSelector members = new MemberSelector(order.chars()
                .mapToObj(name -> EtcdUrl.of("http://" + (char) name + ":2379"))
                .toList());
        List<String> seen = new ArrayList<>(List.of(members.current().host()));
        for (int i = 0; i < steps.length(); i++) {
            boolean left = members.advance(
                    switch (steps.charAt(i)) {
                        case 'n' -> NextStep.TRY_NEXT;
                        case 's' -> NextStep.TRY_NEXT_THEN_SAME;
                        default -> NextStep.RECONNECT;
                    });
            if (left) {
                seen.add(members.current().host());
            }
        }
        assertThat(String.join("", seen)).isEqualTo(tried);
    }

    @ParameterizedTest
    @CsvSource({"GIVE_UP", "RETURN", "RETHROW", "REFUSE"})
    void otherStepsEnd(NextStep step) {
        MemberSelector members = new MemberSelector(Stream.of("a", "b")
                .map(name -> EtcdUrl.of("http://" + name + ":1"))
                .toList());
        assertThat(members.isLast()).isFalse();
        assertThat(members.advance(step)).isFalse();
    }
}
