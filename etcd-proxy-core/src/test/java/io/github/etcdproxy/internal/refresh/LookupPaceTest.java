package io.github.etcdproxy.internal.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.time.VirtualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookupPaceTest {
    private static final Duration NANO = Duration.ofNanos(1);

    private final VirtualTime time = new VirtualTime();
    private final LookupPace pace = new LookupPace(time.tasks());

    /** Goes on until the next lookup is due, and returns the seconds that took. */
    private long pause() {
        long begin = time.read();
        while (!pace.isDue()) {
            time.advance(Duration.ofSeconds(1).minus(NANO));
            boolean early = pace.isDue();
            time.advance(NANO);
            assertThat(early).isFalse();
        }
        return Duration.ofNanos(time.read() - begin).toSeconds();
    }

    /** {@code f}: a lookup fails; {@code u}: its peers are of no use; {@code s}: they were of use. */
    @ParameterizedTest
    @CsvSource({
        "ffffff, 1 2 4 8 10 10",
        "uuuuu, 5 10 20 30 30",
        "ffu, 1 2 5",
        "ffuu, 1 2 5 10",
        "uuf, 5 10 1",
        "uuffu, 5 10 1 2 5",
        "fufu, 1 5 1 5",
        "ffsf, 1 2 0 1",
        "uusu, 5 10 0 5",
        "s, 0",
    })
    void pauses_growWhileOutcomeIsTheSame(String outcomes, String seconds) {
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < outcomes.length(); i++) {
            switch (outcomes.charAt(i)) {
                case 'f' -> {
                    IOException failure = new IOException("away");
                    assertThat(pace.failed(failure)).isSameAs(failure);
                }
                case 'u' -> pace.found();
                default -> pace.succeeded();
            }
            pauses.add(pause());
        }
        assertThat(pauses.stream().map(String::valueOf).collect(Collectors.joining(" ")))
                .isEqualTo(seconds);
    }

    @Test
    void recentFailure_untilDue_isTheLast() {
        assertThat(pace.recentFailure()).isEmpty();
        IOException failure = pace.failed(new IOException("away"));
        time.advance(Duration.ofSeconds(1).minus(NANO));
        assertThat(pace.recentFailure()).containsSame(failure);

        time.advance(NANO);
        assertThat(pace.recentFailure()).isEmpty();

        IOException next = pace.failed(new IOException("still away"));
        assertThat(pace.recentFailure()).containsSame(next);
    }

    @Test
    void recentFailure_afterPeersWereFound_isForgotten() {
        IOException unused = pace.failed(new IOException("away"));
        pace.found();
        assertThat(pace.isDue()).isFalse();
        assertThat(pace.recentFailure()).isEmpty();

        unused = pace.failed(new IOException("away"));
        pace.succeeded();
        assertThat(pace.isDue()).isTrue();
        assertThat(pace.recentFailure()).isEmpty();
    }
}
