package io.github.etcdproxy.internal.readonly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Classification of v3 calls by their bodies. */
class V3ReadsTest {
    private static final String RANGE = "{\"request_range\":{\"key\":\"YQ==\"}}";
    private static final String PUT = "{\"request_put\":{\"key\":\"YQ==\",\"value\":\"YQ==\"}}";

    private static RequestKind json(String path, String body) {
        return RequestKind.of(
                new RequestAttributes("POST", path, true, false, false, () -> Optional.of(body.getBytes(UTF_8))));
    }

    private static RequestKind grpc(String path, byte[] frame) {
        return RequestKind.of(new RequestAttributes("POST", path, true, false, true, () -> Optional.of(frame)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"success\":[" + RANGE + "]}",
                "{\"compare\":[{\"key\":\"YQ==\",\"target\":\"VERSION\"}],\"success\":[" + RANGE + "," + RANGE
                        + "],\"failure\":[{\"requestRange\":{}}]}",
                "{\"success\":[{\"request_txn\":{\"success\":[" + RANGE + "],\"failure\":[]}}]}",
                "{\"success\":[{\"requestTxn\":{}}]} \n",
                "{\"success\":null}",
            })
    void aTransactionOfRangesIsARead(String txn) {
        assertThat(json("/v3/kv/txn", txn)).isEqualTo(RequestKind.READ);
        assertThat(json("/v3beta/kv/txn", txn)).isEqualTo(RequestKind.READ);
        assertThat(json("/v3alpha/kv/txn", txn)).isEqualTo(RequestKind.READ);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"success\":[" + PUT + "]}",
                "{\"failure\":[" + RANGE + "," + PUT + "]}",
                "{\"success\":[" + RANGE + "],\"success\":[" + PUT + "]}",
                "{\"success\":[{\"request_range\":{},\"request_put\":{}}]}",
                "{\"success\":[{\"request_delete_range\":{}}]}",
                "{\"success\":[{\"requestDeleteRange\":{}}]}",
                "{\"success\":[{\"request_txn\":{\"failure\":[" + PUT + "]}}]}",
                "{\"success\":[{\"Request_Range\":{}}]}",
                "{\"Success\":[" + RANGE + "]}",
                "{\"success\":[{\"request_something\":{}}]}",
                "{\"something\":1}",
                "{\"success\":" + RANGE + "}",
                "{\"success\":[" + RANGE + "]",
                "{\"success\":[" + RANGE + "]}{\"success\":[" + PUT + "]}",
                "{\"succe\\u0073s\":[" + PUT + "]}",
                "\uFEFF{\"success\":[" + PUT + "]}",
            })
    void anyOtherIsAWrite(String txn) {
        assertThat(json("/v3/kv/txn", txn)).isEqualTo(RequestKind.WRITE);
    }

    @Test
    void unreadableBody_isWrite() {
        RequestAttributes unseen = new RequestAttributes("POST", "/v3/kv/txn", true, false, false, Optional::empty);
        assertThat(RequestKind.of(unseen)).isEqualTo(RequestKind.WRITE);
        RequestAttributes unseenGrpc =
                new RequestAttributes("POST", "/etcdserverpb.KV/Txn", true, false, true, Optional::empty);
        assertThat(RequestKind.of(unseenGrpc)).isEqualTo(RequestKind.WRITE);
    }

    @Test
    void safeMethod_withBodyOrGrpc_isWrite() {
        for (String method : List.of("GET", "HEAD", "OPTIONS")) {
            assertThat(RequestKind.of(RequestAttributes.of(method, "/a"))).isEqualTo(RequestKind.READ);
            assertThat(RequestKind.of(new RequestAttributes(method, "/a", true, false, false, Optional::empty)))
                    .isEqualTo(RequestKind.WRITE);
            assertThat(RequestKind.of(new RequestAttributes(method, "/a", false, false, true, Optional::empty)))
                    .isEqualTo(RequestKind.WRITE);
        }
    }

    @Test
    void aDeeplyNestedTransactionIsAWrite() {
        String deep = "{\"success\":[{\"request_txn\":".repeat(200) + "{}" + "}]}".repeat(200);
        assertThat(json("/v3/kv/txn", deep)).isEqualTo(RequestKind.WRITE);
        byte[] nested = new byte[0];
        for (int i = 0; i < 200; i++) {
            nested = field(2, field(4, nested));
        }
        assertThat(grpc("/etcdserverpb.KV/Txn", frame(nested))).isEqualTo(RequestKind.WRITE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v3/maintenance/alarm | {} | READ",
                "/v3/maintenance/alarm | {\"action\":\"GET\",\"memberID\":\"1\",\"alarm\":\"NOSPACE\"} | READ",
                "/v3/maintenance/alarm | {\"action\":\"ACTIVATE\"} | WRITE",
                "/v3/maintenance/alarm | {\"action\":\"GET\",\"action\":\"DEACTIVATE\"} | WRITE",
                "/v3/maintenance/alarm | {\"action\":1} | WRITE",
                "/v3/maintenance/alarm | {\"Action\":\"GET\"} | WRITE",
                "/v3/maintenance/downgrade | {\"version\":\"3.5.0\"} | READ",
                "/v3/maintenance/downgrade | {\"action\":\"VALIDATE\",\"version\":\"3.5.0\"} | READ",
                "/v3/maintenance/downgrade | {\"action\":\"ENABLE\",\"version\":\"3.5.0\"} | WRITE",
                "/v3/maintenance/defragment | {} | WRITE",
                "/v3/kv/put | {} | WRITE",
            })
    void theActionTells(String path, String body, RequestKind kind) {
        assertThat(json(path, body)).isEqualTo(kind);
    }

    @Test
    void grpcTxnOfRanges_isRead() {
        byte[] range = field(1, field(1, "a".getBytes(UTF_8)));
        byte[] put = field(2, field(1, "a".getBytes(UTF_8)));
        byte[] delete = field(3, field(1, "a".getBytes(UTF_8)));
        byte[] compare = field(1, field(3, "a".getBytes(UTF_8)));
        byte[] nested = field(4, join(compare, field(2, range)));

        assertThat(txn()).isEqualTo(RequestKind.READ);
        assertThat(txn(compare, field(2, range), field(3, range))).isEqualTo(RequestKind.READ);
        assertThat(txn(field(2, nested))).isEqualTo(RequestKind.READ);
        assertThat(txn(field(2, put))).isEqualTo(RequestKind.WRITE);
        assertThat(txn(field(2, range), field(3, delete))).isEqualTo(RequestKind.WRITE);
        assertThat(txn(field(2, join(range, put)))).isEqualTo(RequestKind.WRITE);
        assertThat(txn(field(2, field(4, field(3, put))))).isEqualTo(RequestKind.WRITE);
        assertThat(txn(field(4, range))).as("an unknown field").isEqualTo(RequestKind.WRITE);
        assertThat(txn(new byte[] {0x10, 1})).as("a number for a branch").isEqualTo(RequestKind.WRITE);
        // A tag of more than 32 bits, of which Go sees the lower ones: a put.
        assertThat(txn(join(
                        new byte[] {(byte) 0x8a, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 1},
                        new byte[] {0})))
                .isEqualTo(RequestKind.WRITE);
        assertThat(txn(new byte[] {0x12, 100})).as("cut off").isEqualTo(RequestKind.WRITE);
        assertThat(txn(new byte[] {0x13})).as("a group").isEqualTo(RequestKind.WRITE);
    }

    @Test
    void compressedOrSecondFrame_isWrite() {
        byte[] frame = frame(new byte[0]);
        byte[] compressed = frame.clone();
        compressed[0] = 1;
        assertThat(grpc("/etcdserverpb.KV/Txn", frame)).isEqualTo(RequestKind.READ);
        assertThat(grpc("/etcdserverpb.KV/Txn", compressed)).isEqualTo(RequestKind.WRITE);
        assertThat(grpc("/etcdserverpb.KV/Txn", join(frame, frame))).isEqualTo(RequestKind.WRITE);
        assertThat(grpc("/etcdserverpb.KV/Txn", new byte[3])).isEqualTo(RequestKind.WRITE);
    }

    @Test
    void grpcAlarmGet_isRead() {
        String alarm = "/etcdserverpb.Maintenance/Alarm";
        assertThat(grpc(alarm, frame(new byte[0]))).isEqualTo(RequestKind.READ);
        assertThat(grpc(alarm, frame(new byte[] {0x08, 0, 0x10, 7}))).isEqualTo(RequestKind.READ);
        assertThat(grpc(alarm, frame(new byte[] {0x08, 2}))).isEqualTo(RequestKind.WRITE);
        assertThat(grpc(alarm, frame(new byte[] {0x08, 0, 0x08, 1}))).isEqualTo(RequestKind.WRITE);
    }

    @ParameterizedTest
    @CsvSource({
        "/etcdserverpb.KV/Range, READ",
        "/etcdserverpb.Watch/Watch, READ",
        "/etcdserverpb.Lease/LeaseTimeToLive, READ",
        "/etcdserverpb.Cluster/MemberList, READ",
        "/etcdserverpb.Maintenance/Snapshot, READ",
        "/etcdserverpb.Auth/Authenticate, READ",
        "/v3electionpb.Election/Observe, READ",
        "/grpc.health.v1.Health/Check, READ",
        "/etcdserverpb.KV/Put, WRITE",
        "/etcdserverpb.KV/DeleteRange, WRITE",
        "/etcdserverpb.KV/Compact, WRITE",
        "/etcdserverpb.Lease/LeaseGrant, WRITE",
        "/etcdserverpb.Lease/LeaseKeepAlive, WRITE",
        "/etcdserverpb.KV/range, WRITE",
        "/etcdserverpb.kv/Range, WRITE",
        "/etcdserverpb.KV/Range/, WRITE",
        "//etcdserverpb.KV/Range, WRITE",
        "/v3/kv/put, WRITE",
        "/v3lockpb.Lock/Lock, WRITE",
        "/something.Else/Range, WRITE",
    })
    void grpcHasATableOfItsOwn(String path, RequestKind kind) {
        assertThat(grpc(path, frame(new byte[0]))).isEqualTo(kind);
        assertThat(json(path, "{}")).as("without the content type of gRPC").isEqualTo(RequestKind.WRITE);
    }

    private static RequestKind txn(byte[]... fields) {
        return grpc("/etcdserverpb.KV/Txn", frame(join(fields)));
    }

    private static byte[] frame(byte[] message) {
        return ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    private static byte[] field(int number, byte[] value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write((number << 3) | 2);
        for (int length = value.length; ; length >>>= 7) {
            if (length < 0x80) {
                out.write(length);
                break;
            }
            out.write((length & 0x7f) | 0x80);
        }
        out.writeBytes(value);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v3/maintenance/downgrade | '{\"action\":0}' | READ",
                "/v3/maintenance/downgrade | '{\"action\":0,\"version\":\"3.4.0\"}' | READ",
                "/v3/maintenance/downgrade | '{\"action\":1}' | WRITE",
                "/v3/maintenance/downgrade | '{\"action\":2}' | WRITE",
                "/v3/maintenance/downgrade | '{\"action\":0,\"action\":1}' | WRITE",
                "/v3/maintenance/downgrade | '{\"action\":-1}' | WRITE",
                "/v3/maintenance/downgrade | '{\"action\":1e0}' | WRITE",
                "/v3/maintenance/downgrade | '{\"action\":\"1\"}' | WRITE",
                "/v3/maintenance/downgrade | '{\"action\":[0]}' | WRITE",
                "/v3/maintenance/downgrade | '' | READ",
                "/v3/maintenance/alarm | '{\"action\":0}' | READ",
                "/v3/maintenance/alarm | '{\"action\":0,\"memberID\":1}' | READ",
                "/v3/maintenance/alarm | '{\"action\":2}' | WRITE",
                "/v3/maintenance/alarm | '' | READ",
                "/v3/maintenance/alarm | ' ' | READ",
                "/v3beta/maintenance/alarm | '' | READ",
                "/v3/kv/txn | '' | WRITE",
                "/v3/kv/put | '' | WRITE",
                "/v3/maintenance/defragment | '' | WRITE",
            })
    void actionZero_orNoBody_isRead(String path, String body, RequestKind kind) {
        assertThat(json(path, body)).isEqualTo(kind);
    }

    @Test
    void grpcDowngrade_withActionZero_isRead() {
        String downgrade = "/etcdserverpb.Maintenance/Downgrade";
        assertThat(grpc(downgrade, frame(new byte[0]))).isEqualTo(RequestKind.READ);
        assertThat(grpc(downgrade, frame(new byte[] {0x08, 0}))).isEqualTo(RequestKind.READ);
        assertThat(grpc(downgrade, frame(new byte[] {0x08, 1}))).isEqualTo(RequestKind.WRITE);
        assertThat(grpc(downgrade, frame(new byte[] {0x08, 0, 0x08, 2}))).isEqualTo(RequestKind.WRITE);
        assertThat(grpc(downgrade, new byte[0])).isEqualTo(RequestKind.WRITE);
    }
}
