package io.github.etcdproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefreshScheduleTest {

    @ParameterizedTest
    @CsvSource({
        "true, 0, 30000, 30000",
        "false, 0, 30000, 1000", // every second while there is no URL
        "false, 7, 30000, 1000",
        "false, 0, 200, 200",
        "true, 1, 30000, 1000", // soon again while a member has not published its URLs, backing off
        "true, 2, 30000, 2000",
        "true, 5, 30000, 16000",
        "true, 6, 30000, 30000",
        "true, 100, 30000, 30000",
        "true, 1, 200, 200",
    })
    void nextRefresh(boolean known, int awaited, long intervalMillis, long expectedMillis) {
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            assertThat(RefreshSchedule.next(known, awaited, Duration.ofMillis(intervalMillis), random)
                            .toMillis())
                    .isBetween(expectedMillis * 9 / 10, expectedMillis * 11 / 10);
        }
    }
}
