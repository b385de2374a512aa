package io.github.etcdproxy.internal.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefreshScheduleTest {

    @ParameterizedTest
    @CsvSource({
        "true, false, 0, 30000, 30000",
        "false, false, 0, 30000, 1000", // every second while there is no URL
        "false, false, 7, 30000, 1000",
        "false, false, 0, 200, 200",
        "false, true, 0, 30000, 500", // members are about to publish theirs
        "false, true, 0, 200, 200",
        "true, false, 1, 30000, 1000", // every second while a member has not published its URLs, for half a minute
        "true, false, 30, 30000, 1000",
        "true, false, 31, 30000, 2000", // and then backing off
        "true, false, 34, 30000, 16000",
        "true, false, 35, 30000, 30000",
        "true, false, 100, 30000, 30000",
        "true, false, 1, 200, 200",
    })
    void nextRefresh(boolean known, boolean starting, int awaited, long intervalMillis, long expectedMillis) {
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            assertThat(RefreshSchedule.next(known, starting, awaited, Duration.ofMillis(intervalMillis), random)
                            .toMillis())
                    .isBetween(expectedMillis * 9 / 10, expectedMillis * 11 / 10);
        }
    }
}
