package io.github.etcdproxy.okhttp.internal.cancel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okio.Timeout;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallDeadlineTest {
    private static final long HOUR = Duration.ofHours(1).toNanos();

    @ParameterizedTest
    @CsvSource({
        ", , ",
        "1, , 1",
        ", 1, 1",
        "1, 2, 1",
        "2, 1, 1",
        "1, 1, 1",
        "-1, 1, -1",
        // The clock's readings may overflow.
        "9223372036854775807, -9223372036854775808, 9223372036854775807",
        "-9223372036854775808, 9223372036854775807, 9223372036854775807",
        "9223372036854775806, 9223372036854775807, 9223372036854775806",
    })
    void earlier_ofTwo_nullIsNever(@Nullable Long a, @Nullable Long b, @Nullable Long expected) {
        assertThat(CallDeadline.earlier(a, b)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        // hours of the timeout and of the deadline; none for none -> hours that are left
        "1, , 1",
        ", 1, 1",
        "1, 2, 1",
        "2, 1, 1",
        "1, -1, -1",
        ", -1, -1",
    })
    void of_timeoutAndDeadline_isTheEarlier(@Nullable Integer hours, @Nullable Integer deadline, int left) {
        Timeout timeout = new Timeout();
        long before = System.nanoTime();
        if (hours != null) {
            timeout.timeout(hours, TimeUnit.HOURS);
        }
        if (deadline != null) {
            timeout.deadlineNanoTime(before + deadline * HOUR);
        }
        long at = Objects.requireNonNull(CallDeadline.of(timeout));

        assertThat(at - before).isBetween(left * HOUR, left * HOUR + System.nanoTime() - before);
    }

    @Test
    void of_withoutTimeout_isNull() {
        assertThat(CallDeadline.of(new Timeout())).isNull();
        assertThat(CallDeadline.of(call())).isNull();
    }

    private static Call call() {
        return new OkHttpClient()
                .newCall(new Request.Builder().url("http://etcd.invalid/").build());
    }

    @Test
    void of_recordedCall_isWhatItWas() {
        Call call = call();
        call.timeout().timeout(1, TimeUnit.HOURS);
        CallDeadline.record(call);
        Long recorded = CallDeadline.of(call);
        call.timeout().timeout(2, TimeUnit.HOURS);

        assertThat(recorded).isNotNull();
        assertThat(CallDeadline.of(call)).isEqualTo(recorded);
    }
}
