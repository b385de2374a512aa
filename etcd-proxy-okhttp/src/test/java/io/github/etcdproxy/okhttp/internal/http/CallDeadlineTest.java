package io.github.etcdproxy.okhttp.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
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
        assertThat(CallDeadline.of(new OkHttpClient().newCall(request("/v2/keys/a"))))
                .isNull();
    }

    private static Request request(String path) {
        return new Request.Builder().url("http://etcd.invalid:2379" + path).build();
    }

    @ParameterizedTest
    @CsvSource({"/v2/keys/a?wait=true, true", "/v2/keys/a, false"})
    void noted_watch_countsFromItsBeginning(String path, boolean counted) throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .callTimeout(Duration.ofHours(1))
                .addInterceptor(CallDeadline::noted)
                .addInterceptor(chain -> new Response.Builder()
                        .request(chain.request())
                        .protocol(Protocol.HTTP_1_1)
                        .code(200)
                        .message("")
                        .build())
                .build();
        long before = System.nanoTime();
        Call call = executed(client, request(path));
        call.timeout().timeout(2, TimeUnit.HOURS); // too late for one that has been noted
        long at = Objects.requireNonNull(CallDeadline.of(call));

        assertThat(TimeUnit.NANOSECONDS.toMinutes(at - before)).isBetween(counted ? 60L : 120L, counted ? 119L : 180L);
    }

    private static Call executed(OkHttpClient client, Request request) throws IOException {
        Call call = client.newCall(request);
        call.execute().close();
        return call;
    }
}
