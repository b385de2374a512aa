package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.mode.ProxyMode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Headers;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.ByteString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every known trick to get a write through a read-only proxy, on a real cluster: nothing stored changes, writes are
 * refused, and reads pass.
 */
class ReadOnlyIT {
    private static final String KEY = base64("ro");
    private static final String PUT = "{\"key\":\"" + KEY + "\",\"value\":\"" + base64("changed") + "\"}";
    private static final String PUT_TXN = "{\"success\":[{\"request_put\":" + PUT + "}]}";
    private static final String RANGE_TXN = "{\"success\":[{\"request_range\":{\"key\":\"" + KEY + "\"}}]}";
    private static final MediaType JSON = MediaType.get("application/json");
    private static final MediaType FORM = MediaType.get("application/x-www-form-urlencoded");
    private static final MediaType GRPC = MediaType.get("application/grpc");

    private static final String CHANGED = " changed what is stored";

    private static ProcessCluster cluster;
    private static OkHttpClient plain;

    @BeforeAll
    static void startCluster() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
        plain = RealEtcd.client().readTimeout(Duration.ofSeconds(5)).build();
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            plain.connectionPool().evictAll();
            cluster.close();
        }
    }

    /** The expected behavior of the proxy. */
    private enum Expected {
        REFUSED,
        PASSED
    }

    private record Trick(String name, Request request, Expected expected, boolean http2) {}

    /** The table. */
    private static final class Table {
        private final List<Trick> tricks = new ArrayList<>();

        private void refused(String method, String target, String body, MediaType type, String... headers) {
            add(Expected.REFUSED, method, target, RequestBody.create(body.getBytes(US_ASCII), type), false, headers);
        }

        private void passed(String method, String target, String body) {
            RequestBody sent = body.isEmpty() ? null : RequestBody.create(body, JSON);
            add(Expected.PASSED, method, target, sent, false);
        }

        private void grpc(Expected expected, String path, String message, MediaType type) {
            grpc(expected, "POST", path, message, type);
        }

        private void grpc(Expected expected, String method, String path, String message, MediaType type) {
            byte[] bytes = ByteString.decodeHex(message).toByteArray();
            byte[] frame = new byte[5 + bytes.length];
            frame[4] = (byte) bytes.length;
            System.arraycopy(bytes, 0, frame, 5, bytes.length);
            add(expected, method, path, RequestBody.create(frame, type), true, "te", "trailers");
        }

        private void add(
                Expected expected,
                String method,
                String target,
                @Nullable RequestBody body,
                boolean http2,
                String... headers) {
            Request request = new Request.Builder()
                    .url(RealEtcd.LISTEN + target)
                    .headers(Headers.of(headers))
                    .method(method, body)
                    .build();
            String name = method + " " + target + " " + List.of(headers)
                    + (body == null ? "" : " " + body.contentType() + " " + tricks.size());
            tricks.add(new Trick(name, request, expected, http2));
        }
    }

    private static List<Trick> table() {
        Table table = new Table();
        ofTheV2Api(table);
        ofTheGateway(table);
        ofTransactions(table);
        ofGrpc(table);
        return table.tricks;
    }

    private static void ofTheV2Api(Table table) {
        for (String method : List.of("PUT", "POST", "DELETE", "PATCH", "put", "Put", "MKCOL", "PROPPATCH", "LOCK")) {
            table.refused(method, "/v2/keys/ro", "value=changed", FORM);
        }
        for (String target : List.of(
                "/v2/keys/ro?prevExist=false",
                "/v2/keys/ro?dir=true",
                "/v2/keys/ro?recursive=true&wait=true",
                "/v2/keys/ro?quorum=false",
                "/v2/keys/./ro",
                "/v2/keys/x/../ro",
                "/v2/keys/%2e%2e/keys/ro",
                "/v2//keys/ro",
                "//v2/keys/ro",
                "/v2/keys//ro",
                "/v2/%6beys/ro",
                "/v2/keys/ro;a=b",
                "/v2/keys/ro%00",
                "/v2\\keys\\ro",
                "/V2/KEYS/ro",
                "/v2/members",
                "/v2/auth/enable",
                "/v2/auth/users/root",
                "/v2/config/local/proxy/../../../keys/ro",
                "/v2/config/local/proxy",
                "/v2/keys/ro#GET")) {
            table.refused("PUT", target, "value=changed", FORM);
            table.refused("POST", target, "value=changed", FORM);
            table.refused("DELETE", target, "", FORM);
        }
        for (String header :
                List.of("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x-http-method-override")) {
            for (String method : List.of("PUT", "DELETE", "POST")) {
                table.add(Expected.REFUSED, "GET", "/v2/keys/ro?value=changed", null, false, header, method);
                table.refused("POST", "/v3/kv/range", "{\"key\":\"" + KEY + "\"}", FORM, header, method);
            }
        }
        for (String upgrade : List.of("websocket", "h2c", "h2c, websocket", "WebSocket")) {
            table.add(
                    Expected.REFUSED,
                    "GET",
                    "/v3/kv/put",
                    null,
                    false,
                    "Connection",
                    "Upgrade",
                    "Upgrade",
                    upgrade,
                    "Sec-WebSocket-Version",
                    "13",
                    "Sec-WebSocket-Key",
                    "dGhlIHNhbXBsZSBub25jZQ==");
        }
        for (String target : List.of(
                "/v2/keys/ro",
                "/v2/keys/?recursive=true&sorted=true",
                "/v2/keys/ro?quorum=true",
                "/v2/keys/none",
                "/v2/keys/ro?value=changed&prevExist=true&method=PUT&_method=PUT",
                "/v2/members",
                "/v2/stats/self",
                "/v2/config/local/proxy",
                "/version",
                "/health",
                "/metrics")) {
            table.passed("GET", target, "");
            table.passed("HEAD", target, "");
            table.passed("OPTIONS", target, "");
        }
    }

    private static void ofTheGateway(Table table) {
        for (String prefix : List.of("/v3", "/v3beta", "/v3alpha")) {
            for (String path : List.of(
                    "/kv/put",
                    "/kv/deleterange",
                    "/kv/compaction",
                    "/lease/grant",
                    "/lease/revoke",
                    "/kv/lease/revoke",
                    "/lease/keepalive",
                    "/cluster/member/add",
                    "/cluster/member/remove",
                    "/cluster/member/update",
                    "/cluster/member/promote",
                    "/maintenance/defragment",
                    "/maintenance/transfer-leadership",
                    "/auth/enable",
                    "/auth/disable",
                    "/auth/user/add",
                    "/auth/role/add",
                    "/lock/lock",
                    "/lock/unlock",
                    "/election/campaign",
                    "/election/proclaim",
                    "/election/resign",
                    "/unknown/call")) {
                table.refused("POST", prefix + path, PUT, JSON);
            }
            table.passed("POST", prefix + "/kv/range", "{\"key\":\"" + KEY + "\"}");
            table.passed("POST", prefix + "/cluster/member/list", "{}");
            table.passed("POST", prefix + "/maintenance/status", "{}");
            table.passed("POST", prefix + "/maintenance/alarm", "{\"action\":\"GET\"}");
            table.passed("POST", prefix + "/lease/leases", "{}");
            table.passed("POST", prefix + "/auth/user/list", "{}");
            table.refused(
                    "POST", prefix + "/maintenance/alarm", "{\"action\":\"ACTIVATE\",\"alarm\":\"NOSPACE\"}", JSON);
            table.refused(
                    "POST", prefix + "/maintenance/downgrade", "{\"action\":\"ENABLE\",\"version\":\"3.3.0\"}", JSON);
        }
        for (String target : List.of(
                "/v3/kv/range/../put",
                "/v3/kv/range/%2e%2e/put",
                "/v3/kv/range%2f..%2fput",
                "/v3/kv/range/..%2fput",
                "/v3/kv/./put",
                "/v3/kv//put",
                "//v3/kv/put",
                "/v3//kv/put",
                "/v3/kv/put/",
                "/v3/kv/put?",
                "/v3/kv/put?path=/v3/kv/range",
                "/v3/kv/put#/v3/kv/range",
                "/v3/kv/%70ut",
                "/v3/kv/pu%74",
                "/v3/%6bv/put",
                "/v3/kv/Put",
                "/V3/kv/put",
                "/v3\\kv\\put",
                "/v3/kv/range;/../put",
                "/v3/kv/range%00/../put",
                "/v3/kv/range/",
                "/v3/kv/range%20",
                "/v3/kv/Range",
                "/v3/kv/%72ange",
                "/v3/kv/range/put",
                "/etcdserverpb.KV/Put",
                "/etcdserverpb.KV/Range")) {
            table.refused("POST", target, PUT, JSON);
            table.refused("PUT", target, PUT, JSON);
        }
    }

    private static void ofTransactions(Table table) {
        for (String txn : List.of(
                PUT_TXN,
                "{\"failure\":[{\"request_put\":" + PUT + "}],\"compare\":[{\"key\":\"" + KEY
                        + "\",\"target\":\"VERSION\",\"version\":\"99\"}]}",
                "{\"success\":[{\"requestPut\":" + PUT + "}]}",
                "{\"success\":[{\"request_range\":{\"key\":\"" + KEY + "\"}},{\"request_put\":" + PUT + "}]}",
                "{\"success\":[],\"success\":[{\"request_put\":" + PUT + "}]}",
                "{\"success\":[{\"request_put\":" + PUT + "}],\"success\":[]}",
                "{\"success\":[{\"request_range\":{\"key\":\"" + KEY + "\"},\"request_put\":" + PUT + "}]}",
                "{\"success\":[{\"request_delete_range\":{\"key\":\"" + KEY + "\"}}]}",
                "{\"success\":[{\"request_txn\":" + PUT_TXN + "}]}",
                "{\"success\":[{\"requestTxn\":{\"failure\":[],\"success\":[{\"requestPut\":" + PUT + "}]}}]}",
                "{\"succe\\u0073s\":[{\"request_put\":" + PUT + "}]}",
                "{\"success\":[{\"request_p\\u0075t\":" + PUT + "}]}",
                "{\"Success\":[{\"request_put\":" + PUT + "}]}",
                "{}" + PUT_TXN,
                RANGE_TXN + PUT_TXN,
                " " + PUT_TXN + " ",
                "[" + PUT_TXN + "]",
                "{\"success\":{\"0\":{\"request_put\":" + PUT + "}}}",
                "not json",
                "")) {
            table.refused("POST", "/v3/kv/txn", txn, JSON);
        }
        table.passed("POST", "/v3/kv/txn", RANGE_TXN);
        table.passed("POST", "/v3/kv/txn", "{\"success\":[{\"requestTxn\":" + RANGE_TXN + "}]}");
        table.passed("POST", "/v3/kv/txn", "{}");
        table.refused("POST", "/v3/kv/txn", RANGE_TXN, JSON, "Content-Encoding", "gzip");
        // Bodies that differ when they are written again, or can't be inspected.
        table.add(Expected.PASSED, "POST", "/v3/kv/txn", new Changing(RANGE_TXN, PUT_TXN), false);
        table.add(Expected.REFUSED, "POST", "/v3/kv/txn", new OneShot(PUT_TXN), false);
    }

    private static void ofGrpc(Table table) {
        String key = "0a027a7a"; // field 1, of two bytes
        String put = key + "1201" + "31";
        for (String path : List.of(
                "/etcdserverpb.KV/Put",
                "/etcdserverpb.KV/DeleteRange",
                "/etcdserverpb.KV/Compact",
                "/etcdserverpb.Lease/LeaseGrant",
                "/etcdserverpb.Lease/LeaseRevoke",
                "/etcdserverpb.Cluster/MemberAddRequest",
                "/etcdserverpb.Maintenance/Defragment",
                "/etcdserverpb.Maintenance/MoveLeader",
                "/etcdserverpb.Auth/AuthEnable",
                "/etcdserverpb.Auth/UserAdd",
                "/v3lockpb.Lock/Lock",
                "/v3electionpb.Election/Campaign",
                "/etcdserverpb.KV/Put/",
                "//etcdserverpb.KV/Put",
                "/etcdserverpb.KV/Range/../Put",
                "/etcdserverpb.KV/%50ut",
                "/etcdserverpb.kv/put",
                "/unknown.Service/Call")) {
            table.grpc(Expected.REFUSED, path, put, GRPC);
        }
        for (String method : List.of("OPTIONS", "PUT", "PATCH", "DELETE")) {
            table.grpc(Expected.REFUSED, method, "/etcdserverpb.KV/Put", put, GRPC);
            table.grpc(Expected.REFUSED, method, "/etcdserverpb.KV/Range", key, GRPC);
        }
        table.refused("OPTIONS", "/v3/kv/put", PUT, JSON);
        table.refused("OPTIONS", "/v2/keys/ro", "value=changed", FORM);
        for (String type : List.of(
                "Application/GRPC", "application/grpc+proto", "application/grpc; a=b", "application/grpc-web")) {
            table.grpc(Expected.REFUSED, "/etcdserverpb.KV/Put", put, MediaType.get(type));
        }
        String putOperation = "1209" + "1207" + put; // success: request_put
        table.grpc(Expected.REFUSED, "/etcdserverpb.KV/Txn", putOperation, GRPC);
        table.grpc(Expected.REFUSED, "/etcdserverpb.KV/Txn", "1a09" + "1207" + put, GRPC);
        table.grpc(Expected.REFUSED, "/etcdserverpb.KV/Txn", "1206" + "0a04" + key + putOperation, GRPC);
        table.grpc(Expected.REFUSED, "/etcdserverpb.KV/Txn", "120d" + "220b" + putOperation, GRPC);
        table.grpc(Expected.REFUSED, "/etcdserverpb.KV/Txn", "9280808000" + "09" + "1207" + put, GRPC);
        table.grpc(Expected.PASSED, "/etcdserverpb.KV/Txn", "1206" + "0a04" + key, GRPC);
        table.grpc(Expected.PASSED, "/etcdserverpb.KV/Range", key, GRPC);
        table.grpc(Expected.PASSED, "/etcdserverpb.Cluster/MemberList", "", GRPC);
        table.grpc(Expected.PASSED, "/etcdserverpb.Maintenance/Status", "", GRPC);
    }

    @Test
    void noTrickChangesWhatIsStored() throws Exception {
        List<Trick> table = table();
        try (EtcdProxy writable = RealEtcd.proxy(cluster).start()) {
            OkHttpClient client = writable.wrap(plain);
            body(client, put("/v2/keys/ro", "1"), 201);
            body(client, v3("/kv/put", "{\"key\":\"" + KEY + "\",\"value\":\"" + base64("1") + "\"}"), 200);
        }
        try (EtcdProxy proxy = RealEtcd.proxy(cluster).mode(ProxyMode.READONLY).start()) {
            proxy.awaitReady(Duration.ofSeconds(20));
            Map<String, String> wrong = run(table, proxy);
            assertThat(wrong).isEmpty();
        }
        // The tricks are real: many of them do write a key if writes are permitted.
        Pattern ofKeys = Pattern.compile("/v2/keys/ro|/v3/kv/(put|txn)|/etcdserverpb.KV/(Put|Txn)");
        List<Trick> tricks = table.stream()
                .filter(trick -> trick.expected() == Expected.REFUSED
                        && trick.request().header("Upgrade") == null
                        && ofKeys.matcher(trick.request().url().encodedPath()).matches())
                .toList();
        long written;
        try (EtcdProxy proxy = RealEtcd.proxy(cluster).start()) {
            proxy.awaitReady(Duration.ofSeconds(20));
            written = run(tricks, proxy).keySet().stream()
                    .filter(name -> name.endsWith(CHANGED))
                    .count();
        }
        assertThat(written).isGreaterThan(30);
        assertThat(table).hasSizeGreaterThan(120);
        long passed = table.stream()
                .filter(trick -> trick.expected() == Expected.PASSED)
                .count();
        System.out.printf(
                "%d requests to a read-only proxy, %d of them reads, changed nothing that is stored; %d would have%n",
                table.size(), passed, written);
    }

    /** The tricks that behaved unexpectedly or changed what is stored. */
    private static Map<String, String> run(List<Trick> table, EtcdProxy proxy) throws Exception {
        OkHttpClient http1 = proxy.wrap(plain);
        OkHttpClient http2 = proxy.wrap(plain.newBuilder()
                .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                .build());
        Map<String, String> wrong = new TreeMap<>();
        String stored = stored();
        for (Trick trick : table) {
            String outcome;
            try (Response response =
                    (trick.http2() ? http2 : http1).newCall(trick.request()).execute()) {
                boolean refused = response.code() == 501 || "12".equals(response.header("grpc-status"));
                boolean ours = response.networkResponse() == null;
                outcome = refused && ours ? "REFUSED" : "PASSED";
            } catch (IOException e) {
                outcome = e.toString();
            }
            if (!outcome.equals(trick.expected().name())) {
                wrong.put(trick.name(), outcome);
            }
            String now = stored();
            if (!now.equals(stored)) {
                wrong.put(trick.name() + CHANGED, now);
                stored = now;
            }
        }
        return wrong;
    }

    /** Everything that would show a write, read from the member directly. */
    private static String stored() throws IOException {
        String url = cluster.members().get(0).clientUrl();
        StringBuilder stored = new StringBuilder();
        try (Response response = plain.newCall(new Request.Builder()
                        .url(url + "/v2/keys/?recursive=true&quorum=true")
                        .build())
                .execute()) {
            stored.append(response.header("X-Etcd-Index"))
                    .append(response.body().string());
        }
        stored.append(direct(url + "/v3/kv/range", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}"));
        for (String path :
                List.of("/v3/lease/leases", "/v3/cluster/member/list", "/v3/maintenance/alarm", "/v3/auth/user/list")) {
            stored.append(direct(url + path, "{}"));
        }
        Matcher revision = Pattern.compile("\"revision\":\"\\d+\"").matcher(stored);
        assertThat(revision.find()).isTrue();
        return stored.toString();
    }

    private static String direct(String url, String json) throws IOException {
        try (Response response = plain.newCall(new Request.Builder()
                        .url(URI.create(url).toString())
                        .post(RequestBody.create(json, JSON))
                        .build())
                .execute()) {
            // The term and the member that answers say nothing about what is stored.
            return response.code() + response.body().string();
        }
    }

    /** Other bytes at each writing. */
    private static final class Changing extends RequestBody {
        private final String first;
        private final String then;
        private int writings;

        private Changing(String first, String then) {
            this.first = first;
            this.then = then;
        }

        @Override
        public MediaType contentType() {
            return JSON;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            sink.writeUtf8(writings++ == 0 ? first : then);
        }
    }

    /** Can be written once only. */
    private static final class OneShot extends RequestBody {
        private final String text;

        private OneShot(String text) {
            this.text = text;
        }

        @Override
        public MediaType contentType() {
            return JSON;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            sink.writeUtf8(text);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(US_ASCII));
    }
}
