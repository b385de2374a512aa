package io.github.etcdproxy.internal.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutageTest {

    @ParameterizedTest
    @CsvSource({
        "1, 5, 30, 5",
        "2, 5, 30, 10",
        "3, 5, 30, 20",
        "4, 5, 30, 30",
        "1000000, 5, 30, 30",
        "1, 5, 2, 5", // the failure wait is the minimum, even if refreshes are more frequent
        "9, 5, 2, 5",
        "1, 1, 30, 1",
        "5, 1, 30, 16",
    })
    void theWaitDoublesUpToTheRefreshInterval(int failures, long first, long longest, long expected) {
        assertThat(Outage.backOff(failures, Duration.ofSeconds(first), Duration.ofSeconds(longest)))
                .isEqualTo(Duration.ofSeconds(expected));
    }

    @Test
    void theWaitIsSpreadByATenthEitherWay() {
        Random random = new Random(1);
        double least = Double.MAX_VALUE;
        double most = 0;
        for (int i = 0; i < 10_000; i++) {
            double seconds = Outage.spread(Duration.ofSeconds(10), random).toNanos() / 1e9;
            least = Math.min(least, seconds);
            most = Math.max(most, seconds);
        }
        assertThat(least).isBetween(9.0, 9.01);
        assertThat(most).isBetween(10.99, 11.0);
    }

    @Test
    void eachFailureCountsFromTheTimeItHappened() {
        Random middle = new Random() {
            @Override
            public double nextDouble() {
                return 0.5;
            }
        };
        Outage once = Outage.failedOnce("refused", 100, Duration.ofSeconds(5), middle);
        assertThat(once).isEqualTo(new Outage(1, 100, 5_000_000_100L, Duration.ofSeconds(5), "refused"));

        Outage again = once.failedAgain(
                "still refused", 6_000_000_000L, Duration.ofSeconds(5), Duration.ofSeconds(30), middle);
        assertThat(again).isEqualTo(new Outage(2, 100, 16_000_000_000L, Duration.ofSeconds(10), "still refused"));
    }
}
