package io.github.etcdproxy.internal.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallOrderTest {

    private static List<EtcdUrl> urls(String letters) {
        return Stream.of(letters.split("", -1))
                .filter(letter -> !letter.isEmpty())
                .map(letter -> new EtcdUrl("http", letter, 2379))
                .toList();
    }

    private static String letters(List<EtcdUrl> urls) {
        return urls.stream().map(EtcdUrl::host).collect(Collectors.joining());
    }

    /** {@code b5,c3}: b is probed in 5 s, c in 3 s. */
    private static Map<EtcdUrl, Outage> down(String text, long now) {
        Map<EtcdUrl, Outage> down = new HashMap<>();
        for (String item : text.split(",", -1)) {
            if (!item.isEmpty()) {
                Duration delay = Duration.ofSeconds(Long.parseLong(item.substring(1)));
                down.put(
                        urls(item.substring(0, 1)).get(0), new Outage(1, now, now + delay.toNanos(), delay, "refused"));
            }
        }
        return down;
    }

    @ParameterizedTest
    @CsvSource({
        "abc, '', abc",
        "abc, a5, bca", // the pin moves on to the next
        "abc, c5, abc", // a late failure does not move the pin
        "bca, '', bca", // one that comes back does so behind the others
        "abc, 'a5,c3', bca", // nearest to its probe first
        "abc, 'a3,c5', bac",
        "abc, 'a9,b7,c8', bca", // all are down: none is removed
        "'', '', ''",
        "a, a5, a",
    })
    void membersThatAreDownComeLast(String order, String down, String expected) {
        assertThat(letters(CallOrder.downLast(urls(order), down(down, 0)))).isEqualTo(expected);
        // The ticker's readings may overflow.
        assertThat(letters(CallOrder.downLast(urls(order), down(down, Long.MAX_VALUE - 4_000_000_000L))))
                .isEqualTo(expected);
    }

    @Test
    void shuffled_producesEveryOrder() {
        Random random = new Random(7);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            seen.add(letters(CallOrder.shuffled(urls("abc"), Map.of(), random)));
        }
        assertThat(seen).containsExactlyInAnyOrder("abc", "acb", "bac", "bca", "cab", "cba");
    }

    @Test
    void shufflingBringsNobodyBackThatIsDown() {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            assertThat(letters(CallOrder.shuffled(urls("abcd"), down("a5,d3", 0), random)))
                    .endsWith("da");
        }
    }
}
