package io.github.etcdproxy.internal.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutageTest {

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
