package io.github.etcdproxy.okhttp.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResumableWatchesTest {

    @ParameterizedTest
    @CsvSource({"/v2/keys/a?wait=true, true", "/v2/keys/a, false"})
    void recordedDeadline_ofWatch_countsFromItsBeginning(String path, boolean counted) throws Exception {
        OkHttpClient client = new OkHttpClient.Builder()
                .callTimeout(Duration.ofHours(1))
                .addInterceptor(ResumableWatches::recordDeadline)
                .addInterceptor(chain -> new Response.Builder()
                        .request(chain.request())
                        .protocol(Protocol.HTTP_1_1)
                        .code(200)
                        .message("")
                        .build())
                .build();
        long before = System.nanoTime();
        Call call = executed(client, request(path));
        call.timeout().timeout(2, TimeUnit.HOURS); // too late for one that has been recorded
        long at = Objects.requireNonNull(CallDeadline.of(call));

        assertThat(TimeUnit.NANOSECONDS.toMinutes(at - before)).isBetween(counted ? 60L : 120L, counted ? 119L : 180L);
    }

    private static Call executed(OkHttpClient client, Request request) throws IOException {
        Call call = client.newCall(request);
        call.execute().close();
        return call;
    }

    private static Request request(String path) {
        return new Request.Builder().url("http://etcd.invalid:2379" + path).build();
    }
}
