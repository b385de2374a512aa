package io.github.etcdproxy.internal.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefreshScheduleTest {

    @ParameterizedTest
    @CsvSource({
        "true, 0, 0, 30000, 30000",
        "false, 0, 0, 30000, 1000", // every second while there is no URL
        "false, 0, 7, 30000, 1000",
        "false, 0, 0, 200, 200",
        "false, 1, 0, 30000, 500", // members are about to publish theirs
        "false, 61, 0, 30000, 500",
        "false, 62, 0, 30000, 1000", // half a minute was enough
        "false, 1, 0, 200, 200",
        "true, 0, 1, 30000, 1000", // every second while a member has not published its URLs, for half a minute
        "true, 0, 30, 30000, 1000",
        "true, 0, 31, 30000, 2000", // and then backing off
        "true, 0, 34, 30000, 16000",
        "true, 0, 35, 30000, 30000",
        "true, 0, 100, 30000, 30000",
        "true, 0, 1, 200, 200",
    })
    void next_dependsOnWhatIsMissing(
            boolean known, int starting, int awaited, long intervalMillis, long expectedMillis) {
        Random random = new Random(3);
        for (int i = 0; i < 100; i++) {
            assertThat(RefreshSchedule.next(known, starting, awaited, Duration.ofMillis(intervalMillis), random)
                            .toMillis())
                    .isBetween(expectedMillis * 9 / 10, expectedMillis * 11 / 10);
        }
    }
}
