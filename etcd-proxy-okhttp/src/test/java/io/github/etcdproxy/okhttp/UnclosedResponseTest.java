package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.okhttp.RawCluster.Setup;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A response that the application forgets to close. */
@Timeout(60)
class UnclosedResponseTest {

    private static Request request(String kind) {
        return switch (kind) {
            case "write" -> post("/a", "1");
            case "v2 watch" -> get("/v2/keys/a?wait=true");
            case "v3 watch" -> RealEtcd.v3("/watch", "{\"create_request\":{\"key\":\"YQ==\"}}");
            default -> get("/debug/pprof/trace");
        };
    }

    @ParameterizedTest
    @CsvSource({
        "read, false",
        "write, false",
        "v2 watch, false",
        "v3 watch, false",
        "read, true",
        "write, true",
        "v3 watch, true"
    })
    void unclosedResponse_whoseBodyIsAwaited_isCollected(String kind, boolean http2) throws Exception {
        try (RawCluster cluster = Setup.of(1, http2).start()) {
            cluster.member(0).failOnce(Fault.WATCH);
            Leaked leaked = leak(cluster.client(), request(kind));

            await().atMost(Duration.ofSeconds(20)).pollDelay(Duration.ZERO).until(() -> {
                System.gc();
                return leaked.isCollected();
            });
            cluster.member(0).goOn();
            assertThat(body(cluster.client(), get("/a"), 200)).startsWith("member");
            assertThat(cluster.isUp(0)).isTrue();
        }
    }

    /** A call, in which OkHttp looks for leaks, and a tag of its request, which an attempt would hold as well. */
    private record Leaked(WeakReference<Call> call, WeakReference<Object> tag) {
        boolean isCollected() {
            return call.refersTo(null) && tag.refersTo(null);
        }
    }

    private static Leaked leak(OkHttpClient client, Request request) throws IOException {
        Object tag = new Object();
        Call call = client.newCall(request.newBuilder().tag(Object.class, tag).build());
        Response response = call.execute();
        assertThat(response.code()).isEqualTo(200);
        return new Leaked(new WeakReference<>(call), new WeakReference<>(tag));
    }
}
