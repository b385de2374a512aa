package io.github.etcdproxy.okhttp.internal.failover;

import static org.assertj.core.api.Assertions.assertThat;

import okhttp3.Headers;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnknownTokenResponsesTest {
    private static final String REFUSAL =
            "{\"error\":\"etcdserver: invalid auth token\",\"message\":\"etcdserver: invalid auth token\",\"code\":16}";

    private static Response response(int status, String path, Headers sent, Headers received, String body) {
        return new Response.Builder()
                .request(new Request.Builder()
                        .url("http://a:2379" + path)
                        .headers(sent)
                        .build())
                .protocol(Protocol.HTTP_1_1)
                .code(status)
                .message("")
                .headers(received)
                .body(ResponseBody.create(body, null))
                .build();
    }

    private static @Nullable String reason(int status, String path, Headers sent, String body) throws Exception {
        Response response = response(status, path, sent, Headers.EMPTY, body);
        String reason = UnknownTokenResponses.reason(response);
        assertThat(response.body().string()).isEqualTo(body); // which can still be read
        return reason;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # status | path | body | whether the token is unknown
            401 | /v3/kv/range    | {"error":"etcdserver: invalid auth token","code":16}                         | true
            401 | /v3/kv/put      | {"code":16,"message":"etcdserver: invalid auth token","details":[]}          | true
            401 | /v3beta/kv/put  | {"error":"etcdserver: invalid auth token","code":16}                         | true
            401 | /v3/watch       | {"error":{"grpc_code":16,"message":"etcdserver: invalid auth token"}}        | true
            500 | /v3/maintenance/snapshot | {"error":{"grpc_code":2,"message":"auth: invalid auth token"}}      | true
            500 | /v3/kv/put      | {"error":"auth: invalid auth token","code":2}                                | false
            400 | /v3/kv/put      | {"error":"etcdserver: user name is empty","code":3}                          | false
            401 | /v3/kv/put      | {"error":"etcdserver: user name is empty","code":16}                         | false
            401 | /v3/kv/put      | {"error":"etcdserver: invalid auth token","code":3}                          | false
            401 | /v3/kv/put      | {"error":"etcdserver: invalid auth token"}                                   | false
            403 | /v3/kv/put      | {"error":"etcdserver: permission denied","code":7}                           | false
            403 | /v3/kv/put      | {"error":"etcdserver: invalid auth token","code":16}                         | false
            200 | /v3/kv/put      | {"error":"etcdserver: invalid auth token","code":16}                         | false
            401 | /v3/kv/put      | <html>401 Authorization Required</html>                                      | false
            401 | /v3/kv/put      | ''                                                                           | false
            401 | /v2/keys/a      | {"errorCode":110,"cause":"Insufficient credentials"}                         | false
            401 | /v2/keys/a      | {"error":"etcdserver: invalid auth token","code":16}                         | false
            401 | /v3/auth/authenticate | {"error":"etcdserver: authentication failed, invalid user ID or password","code":16} | false
            """)
    void gatewayAnswer_isRecognizedByStatusCodeAndText(int status, String path, String body, boolean unknown)
            throws Exception {
        assertThat(reason(status, path, Headers.of("Authorization", "a.1"), body) != null)
                .isEqualTo(unknown);
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, true",
        "authorization, true",
        "token, true",
        "Grpc-Metadata-Token, true",
        "Sec-WebSocket-Protocol, true",
        "X-Other, false"
    })
    void requestWithoutToken_isNotRefusedForIt(String header, boolean unknown) throws Exception {
        assertThat(reason(401, "/v3/kv/range", Headers.of(header, "a.1"), REFUSAL) != null)
                .isEqualTo(unknown);
    }

    @Test
    void tokenOfLaterInterceptor_counts() throws Exception {
        Response network = response(401, "/v3/kv/range", Headers.of("Authorization", "a.1"), Headers.EMPTY, REFUSAL)
                .newBuilder()
                .body(ResponseBody.EMPTY)
                .build();
        Response response = response(401, "/v3/kv/range", Headers.EMPTY, Headers.EMPTY, REFUSAL)
                .newBuilder()
                .networkResponse(network)
                .build();

        assertThat(UnknownTokenResponses.reason(response)).isEqualTo("etcdserver: invalid auth token");
    }

    @ParameterizedTest
    @CsvSource({
        // grpc-status, grpc-message -> whether the token is unknown
        "16, etcdserver: invalid auth token, true",
        "2, auth: invalid auth token, true",
        "16, etcdserver: something else, false",
        "16, , false",
        "3, etcdserver: user name is empty, false",
        "3, etcdserver: invalid auth token, false",
        "0, , false",
        "sixteen, etcdserver: invalid auth token, false",
    })
    void grpcStatus_isRecognizedByCodeAndText(String status, @Nullable String message, boolean unknown)
            throws Exception {
        Headers.Builder received = new Headers.Builder().add("grpc-status", status);
        if (message != null) {
            received.add("grpc-message", message);
        }
        Response response = response(200, "/etcdserverpb.KV/Range", Headers.of("token", "a.1"), received.build(), "");

        assertThat(UnknownTokenResponses.reason(response) != null).isEqualTo(unknown);
    }
}
