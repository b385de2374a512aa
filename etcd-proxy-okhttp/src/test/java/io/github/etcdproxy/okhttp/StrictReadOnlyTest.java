package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.mode.ProxyMode;
import mockwebserver3.MockResponse;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The read-only mode with and without the option to be as strict as etcd's own proxy was. */
@Timeout(60)
class StrictReadOnlyTest {

    @ParameterizedTest
    @CsvSource({
        // method, path -> forwarded in read-only mode, and if that is strict
        "GET, /v2/keys/a, true, true",
        "GET, /v2/keys/a?wait=true, true, true",
        "GET, /health, true, true",
        "HEAD, /v2/keys/a, true, false",
        "OPTIONS, /v2/keys/a, true, false",
        "POST, /v3/kv/range, true, false",
        "POST, /v3/watch, true, false",
        "PUT, /v2/keys/a, false, false",
        "POST, /v2/keys/a, false, false",
        "DELETE, /v2/keys/a, false, false",
        "POST, /v3/kv/put, false, false",
    })
    void readOnly_strict_forwardsGetOnly(String method, String target, boolean lax, boolean strict) throws Exception {
        RequestBody body = target.startsWith("/v3/watch")
                ? RequestBody.create("{\"create_request\":{}}", RealEtcd.JSON)
                : RequestBody.create("{}", RealEtcd.JSON);
        Request request = get(target)
                .newBuilder()
                .method(method, method.startsWith("P") ? body : null)
                .build();

        assertThat(isForwarded(request, false)).isEqualTo(lax);
        assertThat(isForwarded(request, true)).isEqualTo(strict);
    }

    private static boolean isForwarded(Request request, boolean strict) throws Exception {
        OkHttpClient plain = RealEtcd.client().build();
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                EtcdProxy proxy = cluster.proxy()
                        .mode(ProxyMode.READONLY)
                        .strictReadOnly(strict)
                        .start()) {
            cluster.awaitReadyAndKeepOrder(proxy);
            cluster.inOrder(proxy, 0).answer(ignored -> new MockResponse.Builder().build());
            try (Response response = proxy.wrap(plain).newCall(request).execute()) {
                assertThat(response.code()).isIn(200, 501);
                assertThat(cluster.memberRequests()).isEqualTo(response.code() == 200 ? 1 : 0);
                return response.code() == 200;
            }
        } finally {
            plain.connectionPool().evictAll();
        }
    }
}
