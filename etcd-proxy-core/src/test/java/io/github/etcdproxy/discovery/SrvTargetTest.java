package io.github.etcdproxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SrvTargetTest {

    /** Targets written as {@code priority/weight/host}. */
    private static List<SrvTarget> targets(String list) {
        return Stream.of(list.split(" ", -1))
                .map(item -> item.split("/", -1))
                .map(part -> new SrvTarget(Integer.parseInt(part[0]), Integer.parseInt(part[1]), 2380, part[2]))
                .toList();
    }

    /** The share of draws in which each host came first. */
    private static Map<String, Double> shareOfFirstPlaces(String list) {
        Random random = new Random(7);
        Map<String, Double> shares = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            List<SrvTarget> ordered = SrvTarget.ordered(targets(list), random);
            assertThat(ordered).containsExactlyInAnyOrderElementsOf(targets(list));
            shares.merge(ordered.get(0).host(), 1 / 20_000d, Double::sum);
        }
        return shares;
    }

    @Test
    void aLowerPriorityAlwaysComesFirst() {
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            assertThat(SrvTarget.ordered(targets("20/0/c 0/9/a 10/5/b"), random))
                    .extracting(SrvTarget::host)
                    .containsExactly("a", "b", "c");
        }
    }

    @ParameterizedTest
    @CsvSource({"1/10/a 1/30/b, 0.25, 0.75", "1/1/a 1/1/b, 0.5, 0.5", "1/5/a 1/5/b 2/90/c, 0.5, 0.5"})
    void withinAPriorityTheWeightIsTheChance(String list, double a, double b) {
        Map<String, Double> shares = shareOfFirstPlaces(list);
        // RFC 2782 draws from 0 to the sum, both included, which favors the first in the list a little.
        assertThat(shares.getOrDefault("a", 0d)).isCloseTo(a, within(0.17));
        assertThat(shares.getOrDefault("b", 0d)).isCloseTo(b, within(0.17));
    }

    @Test
    void noWeightMeansASmallChance() {
        Map<String, Double> shares = shareOfFirstPlaces("1/0/none 1/99/most");
        assertThat(shares.get("none")).isBetween(0.002, 0.03);
    }

    @ParameterizedTest
    @CsvSource({
        "a.example.com, 2380, https://a.example.com:2380",
        "'', 2380, ''",
        "a.example.com, 0, ''",
        "a b, 2380, ''"
    })
    void whatCanNotBeMeantHasNoUrl(String host, int port, String url) {
        assertThat(new SrvTarget(1, 1, port, host)
                        .url("https")
                        .map(Object::toString)
                        .orElse(""))
                .isEqualTo(url);
    }
}
