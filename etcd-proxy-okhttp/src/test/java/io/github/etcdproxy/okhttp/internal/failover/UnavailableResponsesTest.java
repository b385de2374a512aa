package io.github.etcdproxy.okhttp.internal.failover;

import static org.assertj.core.api.Assertions.assertThat;

import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnavailableResponsesTest {

    private static Response response(int status, String path, Headers headers, String body) {
        return new Response.Builder()
                .request(new Request.Builder().url("http://a:2379" + path).build())
                .protocol(Protocol.HTTP_1_1)
                .code(status)
                .message("")
                .headers(headers)
                .body(ResponseBody.create(body, null))
                .build();
    }

    private static @Nullable String reason(int status, String path, String body) throws Exception {
        Response response = response(status, path, Headers.of(), body);
        String reason = UnavailableResponses.reason(response);
        assertThat(response.body().string()).isEqualTo(body); // which can still be read
        return reason;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # status | body                                                           | reason; none if it is served
            500 | {"errorCode":300,"message":"Raft Internal Error","cause":"timed out","index":0} | timed out
            500 | {"errorCode":300,"cause":"timed out","message":"Raft Internal Error","index":0} | timed out
            500 | {"errorCode":300,"message":"Raft Internal Error","cause":null}                  | Raft Internal Error
            500 | {"errorCode":301,"message":"During Leader Election","cause":"no leader"}        | no leader
            500 | {"errorCode":300,"message":"Raft Internal Error"}                          | Raft Internal Error
            503 | {"errorCode":300,"message":"Raft Internal Error"}                          | Raft Internal Error
            500 | {"errorCode":"300","message":"Raft Internal Error"}                        | Raft Internal Error
            500 | {"errorCode":299,"message":"x"}                                            |
            500 | {"errorCode":302,"message":"x"}                                            |
            500 | {"errorCode":400,"message":"Watcher is cleared due to etcd recovery"}      |
            400 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            404 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            408 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            412 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            499 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            502 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            504 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            200 | {"errorCode":300,"message":"Raft Internal Error"}                          |
            500 | {"message":"Internal Server Error"}                                        |
            503 | {"health":"false"}                                                         |
            500 | not JSON                                                                   |
            500 | [300]                                                                      |
            500 | {"errorCode":300,"message":"cut                                            |
            500 | {"errorCode":"many","message":"x"}                                         |
            500 | ''                                                                         |
            """)
    void v2Answer_ofErrorCode_isUnavailable(int status, String body, @Nullable String reason) throws Exception {
        assertThat(reason(status, "/v2/keys/a", body)).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # status | body                                                                   | reason
            503 | {"error":"etcdserver: no leader","message":"etcdserver: no leader","code":14} | etcdserver: no leader
            503 | {"code":14,"error":"no leader","message":null}                                | no leader
            503 | {"error":null,"code":14,"message":"no leader"}                                | no leader
            503 | {"error":"etcdserver: no leader","code":14}                                   | etcdserver: no leader
            503 | {"code":14,"message":"etcdserver: no leader","details":[{"code":3}]}          | etcdserver: no leader
            503 | {"error":{"grpc_code":14,"http_code":503,"message":"stopped"}}                | stopped
            408 | {"error":"context canceled","code":1}                                         | context canceled
            499 | {"code":1,"message":"context canceled","details":[]}                          | context canceled
            500 | {"code":1,"message":"context canceled"}                                       | context canceled
            400 | {"error":"rpc not supported for learner","code":9} | rpc not supported for learner
            412 | {"code":9,"message":"rpc not supported for learner"} | rpc not supported for learner
            503 | {"code":13,"message":"x"}                                                     |
            503 | {"code":15,"message":"x"}                                                     |
            500 | {"code":2,"message":"x"}                                                      |
            500 | {"code":0,"message":"x"}                                                      |
            400 | {"error":"etcdserver: duplicate key given in txn request","code":3}           |
            412 | {"code":9,"message":"etcdserver: mvcc: required revision has been compacted"} |
            401 | {"code":14,"message":"x"}                                                     |
            404 | {"code":14,"message":"x"}                                                     |
            407 | {"code":14,"message":"x"}                                                     |
            411 | {"code":14,"message":"x"}                                                     |
            413 | {"code":14,"message":"x"}                                                     |
            498 | {"code":1,"message":"x"}                                                      |
            504 | {"code":14,"message":"x"}                                                     |
            """)
    void gatewayAnswer_ofGrpcCode_isUnavailable(int status, String body, @Nullable String reason) throws Exception {
        assertThat(reason(status, "/v3/kv/range", body)).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource({"/v3/kv/range, true", "/v3beta/kv/range, true", "/v3alpha/kv/range, true", "/x/v3, false", "/, false"})
    void gatewayStatus_ofOtherPath_isServed(String path, boolean unavailable) throws Exception {
        for (int status : new int[] {400, 408, 412, 499}) {
            assertThat(reason(status, path, "{\"code\":14,\"message\":\"m\"}") != null)
                    .isEqualTo(unavailable);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // grpc-status, grpc-message -> reason
        "14, etcdserver: no leader, etcdserver: no leader",
        "1, context canceled, context canceled",
        "14, , ''",
        "9, etcdserver: rpc not supported for learner, etcdserver: rpc not supported for learner",
        "0, , ",
        "2, x, ",
        "13, x, ",
        "15, x, ",
        "fourteen, x, ",
        "'', x, ",
    })
    void grpcStatus_isUnavailableByCodeOrWords(String status, @Nullable String message, @Nullable String reason)
            throws Exception {
        Headers.Builder headers = new Headers.Builder().add("grpc-status", status);
        if (message != null) {
            headers.add("grpc-message", message);
        }
        Response response = response(200, "/etcdserverpb.KV/Range", headers.build(), "");

        assertThat(UnavailableResponses.reason(response)).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource({"65000, true", "65536, false"})
    void longBody_isReadUpTo64KiB(int length, boolean unavailable) throws Exception {
        String body = "{\"code\":14,\"message\":\"" + "x".repeat(length) + "\"}";

        assertThat(reason(503, "/v3/kv/range", body) != null).isEqualTo(unavailable);
    }

    @Test
    void bodyThatWasClosed_isServed() throws Exception {
        Source text = new Buffer().writeUtf8("{\"code\":14,\"message\":\"x\"}");
        Response response = response(503, "/v3/kv/range", Headers.of(), "")
                .newBuilder()
                .body(ResponseBody.create(Okio.buffer(text), null, -1))
                .build();
        response.close();

        assertThat(UnavailableResponses.reason(response)).isNull();
    }

    @Test
    void reason_isOneLineWithoutPasswords() throws Exception {
        assertThat(reason(503, "/v3/kv/range", "{\"code\":14,\"message\":\"a\\r\\nb http://u:p@c/\"}"))
                .isEqualTo("a b http://***@c/");
    }

    @Test
    void withoutConnection_keepsHeadAndBody() throws Exception {
        Response response = UnavailableResponses.withoutConnection(
                response(503, "/v3/kv/range", Headers.of("A", "1"), "{\"code\":14}"));

        assertThat(response.code()).isEqualTo(503);
        assertThat(response.header("A")).isEqualTo("1");
        assertThat(response.body().string()).isEqualTo("{\"code\":14}");
    }

    @ParameterizedTest
    @CsvSource({
        "502, text/html, true",
        "503, text/html, true",
        "504, text/html; charset=utf-8, true",
        "503, TEXT/HTML, true",
        "500, text/html, false",
        "505, text/html, false",
        "404, text/html, false",
        "200, text/html, false",
        "503, text/plain, false",
        "502, application/json, false",
        "503, , false",
    })
    void gatewaysAnswer_isUnavailable(int status, @Nullable String type, boolean unavailable) throws Exception {
        String html = "<html><body>No server is available</body></html>";
        Response response = response(status, "/v2/keys/a", Headers.of(), html)
                .newBuilder()
                .body(ResponseBody.create(html, type == null ? null : MediaType.get(type)))
                .build();

        assertThat(UnavailableResponses.reason(response) != null).isEqualTo(unavailable);
        assertThat(response.body().string()).isEqualTo(html);
    }
}
