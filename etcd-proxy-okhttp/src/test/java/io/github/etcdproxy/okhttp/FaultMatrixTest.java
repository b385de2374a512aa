package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.examples.cluster.Freezing;
import io.github.etcdproxy.okhttp.RawMember.Fault;
import io.github.etcdproxy.okhttp.internal.socket.MemberSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a caller sees for each way in which the first member can fail, and how often a member carried out the request.
 * The other member is healthy. The results are written to docs/faults.md.
 */
@Tag("once")
@Execution(ExecutionMode.CONCURRENT) // most of the time is spent waiting
class FaultMatrixTest {
    private static final MediaType FORM = MediaType.get("application/x-www-form-urlencoded");
    private static final MediaType JSON = MediaType.get("application/json");
    private static final Map<Cell, String> table = new ConcurrentHashMap<>();

    /** How the first member fails. */
    enum Failure {
        REFUSED("refuses connections"),
        BLACK_HOLE("no packet comes back"),
        ACCEPT_CLOSE("closes without reading"),
        READ_CLOSE("closes after reading"),
        RESET("resets after reading"),
        HEAD_CUT("closes within the head"),
        BODY_CUT("closes within the body"),
        GARBAGE("answers with garbage"),
        STALL("reads and says nothing"),
        KILL_9("`kill -9` while it works"),
        SIGSTOP("frozen (SIGSTOP)"),
        GOAWAY("HTTP/2 GOAWAY"),
        REFUSED_STREAM("HTTP/2 REFUSED_STREAM");

        private final String words;

        Failure(String words) {
            this.words = words;
        }

        boolean isByProcess() {
            return this == KILL_9 || this == SIGSTOP;
        }

        boolean isHttp2Only() {
            return this == GOAWAY || this == REFUSED_STREAM;
        }
    }

    /** The request. */
    enum Call {
        GET("GET", "/v2/keys/a"),
        V3_RANGE("POST", "/v3/kv/range"),
        PUT("PUT", "/v2/keys/a"),
        POST("POST", "/v2/keys/queue"),
        DELETE("DELETE", "/v2/keys/a"),
        V3_PUT("POST", "/v3/kv/put");

        private final String method;
        private final String path;

        Call(String method, String path) {
            this.method = method;
            this.path = path;
        }

        boolean isRead() {
            return this == GET || this == V3_RANGE;
        }

        Request request() {
            RequestBody body = switch (this) {
                case GET, DELETE -> null;
                case PUT, POST -> RequestBody.create("value=1", FORM);
                case V3_RANGE -> RequestBody.create("{\"key\":\"YQ==\"}", JSON);
                case V3_PUT -> RequestBody.create("{\"key\":\"YQ==\",\"value\":\"MQ==\"}", JSON);
            };
            return new Request.Builder()
                    .url(RealEtcd.LISTEN + path)
                    .method(method, body)
                    .build();
        }
    }

    record Cell(Failure failure, boolean reused, boolean http2, Call call) {
        @Override
        public String toString() {
            return failure + " " + call + (reused ? " reused" : " fresh") + (http2 ? " h2c" : " http/1.1");
        }
    }

    static List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (Failure failure : Failure.values()) {
            for (boolean http2 : new boolean[] {false, true}) {
                for (boolean reused : new boolean[] {false, true}) {
                    for (Call call : Call.values()) {
                        if (http2 || !failure.isHttp2Only()) {
                            cells.add(new Cell(failure, reused, http2, call));
                        }
                    }
                }
            }
        }
        return cells;
    }

    /** The result of one call. */
    private record Seen(String caller, int first, int second) {}

    @ParameterizedTest
    @MethodSource("cells")
    @Timeout(60)
    void readSucceeds_writeIsAppliedAtMostOnce(Cell cell) throws Exception {
        assumeTrue(!cell.failure().isByProcess() || Freezing.isPossible(), "needs /bin/kill and /proc");
        RawCluster.Setup setup = RawCluster.Setup.of(2, cell.http2());
        try (RawCluster cluster = (cell.failure().isByProcess() ? setup.withRelays() : setup).start()) {
            check(cell, run(cell, cluster));
        }
    }

    private static Seen run(Cell cell, RawCluster cluster) throws Exception {
        OkHttpClient client = cluster.client();
        RawMember first = cluster.member(0);
        if (cell.reused()) {
            assertThat(caller(client, Call.GET)).isEqualTo("200");
        }
        int before = first.processed();
        FutureTask<String> call = new FutureTask<>(() -> caller(client, cell.call()));
        switch (cell.failure()) {
            case REFUSED -> {
                long refused = System.nanoTime();
                first.refuse();
                // The pooled connection has been idle for a moment.
                await().until(() -> System.nanoTime() - refused > MemberSocket.IDLE.toNanos());
            }
            case BLACK_HOLE -> first.blackHole();
            case SIGSTOP -> cluster.relay(0).freeze();
            case KILL_9 -> {
                first.fail(Fault.SLOW);
                new Thread(call).start();
                first.awaitRequests(before + 1);
                cluster.relay(0).kill();
            }
            default -> first.fail(Fault.valueOf(cell.failure().name()));
        }
        call.run(); // unless it has already begun
        return new Seen(
                call.get(), first.processed() - before, cluster.member(1).processed());
    }

    /** What the caller sees of a call. */
    private static String caller(OkHttpClient client, Call call) {
        try (Response response = client.newCall(call.request()).execute()) {
            String body;
            try {
                body = response.body().string();
            } catch (IOException e) {
                return response.code() + ", then an exception";
            }
            String outcome = Stream.of("unknown", "not-applied")
                    .filter(o -> body.contains("\"outcome\":\"" + o + "\""))
                    .map(o -> ", " + o)
                    .collect(Collectors.joining());
            return response.code() + outcome;
        } catch (IOException e) {
            return "exception " + e.getMessage();
        }
    }

    private static void check(Cell cell, Seen seen) {
        if (cell.call().isRead()) {
            table.put(cell, seen.caller());
            assertThat(seen.caller()).isEqualTo("200");
            assertThat(seen.second()).isEqualTo(1);
            return;
        }
        table.put(cell, seen.caller() + " (" + seen.first() + "+" + seen.second() + ")");
        assertThat(seen.first() + seen.second()).isLessThanOrEqualTo(1);
        if (seen.caller().contains("not-applied")) {
            assertThat(seen.first() + seen.second()).isZero();
        }
        if (seen.caller().startsWith("200")) {
            assertThat(seen.first() + seen.second()).isEqualTo(1);
        } else {
            assertThat(seen.caller()).matches("50[24], (unknown|not-applied)");
        }
        boolean neverLeft = cell.failure() == Failure.REFUSED
                || (cell.failure() == Failure.BLACK_HOLE && !cell.reused())
                || cell.failure().isHttp2Only();
        if (neverLeft) {
            assertThat(seen.caller()).isEqualTo("200");
        }
    }

    @AfterAll
    static void write() throws IOException {
        if (table.size() < cells().size()) {
            return; // some were skipped, or only some were run
        }
        StringBuilder text = new StringBuilder("""
                # What a call sees when its member fails

                Written by `FaultMatrixTest` each time the tests run. Of two members, the one to which calls go first fails in the way
                that the first column says, after the connection was made (*fresh*) or while one from an earlier call is in the pool
                (*reused*); the other is well. Each field has the status that the caller sees; for a write also the `outcome` that the
                body of a 5xx states, and in parentheses how often the first and the second member carried it out. All with the
                default options.

                | the first member | connection | protocol |""");
        for (Call call : Call.values()) {
            text.append(" ")
                    .append(call.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .append(" |");
        }
        text.append("\n|---|---|---|")
                .append("---|".repeat(Call.values().length))
                .append('\n');
        String row = "";
        for (Cell cell : cells()) {
            String start = "| " + cell.failure().words + " | " + (cell.reused() ? "reused" : "fresh") + " | "
                    + (cell.http2() ? "h2c" : "HTTP/1.1") + " |";
            if (!start.equals(row)) {
                text.append(row.isEmpty() ? "" : "\n").append(start);
                row = start;
            }
            text.append(' ').append(table.get(cell)).append(" |");
        }
        Files.writeString(Path.of("..", "docs", "faults.md"), text.append('\n'));
    }
}
