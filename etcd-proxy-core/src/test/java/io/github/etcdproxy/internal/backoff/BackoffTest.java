package io.github.etcdproxy.internal.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {

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
    void delay_doublesUpToTheLongest(int failures, long first, long longest, long expected) {
        assertThat(new Backoff(Duration.ofSeconds(first), Duration.ofSeconds(longest)).after(failures))
                .isEqualTo(Duration.ofSeconds(expected));
    }

    @Test
    void spread_isATenthEitherWay() {
        Random random = new Random(1);
        double least = Double.MAX_VALUE;
        double most = 0;
        for (int i = 0; i < 10_000; i++) {
            double seconds = Backoff.spread(Duration.ofSeconds(10), random).toNanos() / 1e9;
            least = Math.min(least, seconds);
            most = Math.max(most, seconds);
        }
        assertThat(least).isBetween(9.0, 9.01);
        assertThat(most).isBetween(10.99, 11.0);
    }

    @Test
    void halved_isBetweenHalfAndAll() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            assertThat(Backoff.halved(Duration.ofSeconds(10), random))
                    .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
        }
    }
}
