package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.Freezing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Watches on real members that are killed, frozen and restarted. */
class WatchIT extends OnRealCluster {
    /** {@code -Dwatch.events} sets the number. */
    private static final int EVENTS = Integer.getInteger("watch.events", 200);

    private static final int BETWEEN_FAULTS = 32;
    private static final Pattern INDEX = Pattern.compile("\"modifiedIndex\":(\\d+)");
    private static final Pattern VALUE_OF_V2 = Pattern.compile("\"node\":\\{[^{]*?\"value\":\"(\\d+)\"");
    private static final Pattern VALUE_OF_V3 = Pattern.compile("\"kv\":\\{[^{]*?\"value\":\"([^\"]+)\"");

    private static final Pattern WATCHERS =
            Pattern.compile("(?m)^etcd_debugging_(?:store_watchers|mvcc_watcher_total) (\\d+)$");

    private final Queue<ResumedWatch> resumed = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private EtcdProxy watching;
    private OkHttpClient watcher;

    @BeforeEach
    void wrapAnother() throws Exception {
        watching = RealEtcd.proxy(cluster)
                .listener(new EtcdProxyListener() {
                    @Override
                    public void watchResumed(ResumedWatch watch) {
                        resumed.add(watch);
                    }
                })
                .start();
        watcher = watching.wrap(RealEtcd.client().build());
        watching.awaitReady(Duration.ofSeconds(20));
    }

    @AfterEach
    void closeIt() {
        threads.shutdownNow();
        if (watching != null) {
            watching.close();
            watcher.connectionPool().evictAll();
        }
    }

    /** The member that serves the watches. */
    private EtcdProcess serving() {
        return (EtcdProcess)
                cluster.memberAt(watching.status().endpoints().get(0).url().toString());
    }

    @Test
    void watchers_seeEachEventOnceInOrder() throws Exception {
        assumeTrue(Freezing.isPossible(), "needs /bin/kill and /proc");
        Writer writer = new Writer(client);
        long index = writer.start();
        List<Seen> all = new ArrayList<>();
        all.add(new Seen("v2 single, no waitIndex", seen -> polls(seen, "/v2/keys/w/n?wait=true", 0)));
        all.add(new Seen("v2 single", seen -> polls(seen, "/v2/keys/w/n?wait=true", index + 1)));
        all.add(new Seen(
                "v2 single, recursive", seen -> polls(seen, "/v2/keys/w?recursive=true&wait=true", index + 1)));
        all.add(new Seen(
                "v2 stream, no waitIndex", seen -> stream(seen, get("/v2/keys/w/n?wait=true&stream=true"), 0)));
        all.add(new Seen(
                "v2 stream",
                seen -> stream(seen, get("/v2/keys/w/n?wait=true&stream=true&waitIndex=" + (index + 1)), 0)));
        all.add(new Seen(
                "v2 stream, recursive, no waitIndex",
                seen -> stream(seen, get("/v2/keys/w?stream=true&wait=true&recursive=true"), 0)));
        all.add(new Seen("v3", seen -> stream(seen, v3("/watch", create(key("n"), "")), 1)));
        all.add(new Seen(
                "v3, range, from a revision",
                seen -> stream(
                        seen,
                        v3("/watch", create(key("m"), ",\"range_end\":\"" + key("o") + "\",\"start_revision\":2")),
                        1)));
        all.add(new Seen(
                "v3, second of two, with progress and previous values",
                seen -> stream(
                        seen,
                        v3(
                                "/watch",
                                create(key("other"), "")
                                        + create(key("n"), ",\"progress_notify\":true,\"prev_kv\":true")),
                        2)));
        all.forEach(Seen::begin);

        List<Fault> faults = List.of(EtcdProcess::kill, EtcdProcess::freeze, EtcdProcess::stop);
        EtcdProcess victim = null;
        for (int event = 1; event <= EVENTS; event++) {
            for (Seen seen : all) {
                seen.awaitArmed();
            }
            if (event % BETWEEN_FAULTS == 10) {
                victim = mostWatched();
                faults.get(event / BETWEEN_FAULTS % faults.size()).befall(victim);
            }
            writer.write(event);
            if (victim != null && event % BETWEEN_FAULTS == 25) {
                for (Seen seen : all) {
                    seen.awaitEvent(event);
                }
                victim.kill();
                victim.restart();
                victim = null;
            }
        }

        for (Seen seen : all) {
            seen.awaitEvent(EVENTS);
            assertThat(seen.values).as(seen.kind).containsExactlyElementsOf(numbers());
            seen.end();
        }
        System.out.printf(
                "%d watchers saw %d events each while their member was killed, frozen or stopped %d times; resumed %d times,"
                        + " longest gap %d ms%n",
                all.size(),
                EVENTS,
                (EVENTS - 10) / BETWEEN_FAULTS + 1,
                resumed.size(),
                resumed.stream()
                        .mapToLong(watch -> watch.gap().toMillis())
                        .max()
                        .orElse(0));
        // Each fault struck a member that served a watch.
        int struck = (EVENTS - 10) / BETWEEN_FAULTS + 1;
        assertThat(resumed).hasSizeGreaterThanOrEqualTo(struck);
    }

    @Test
    void stream_catchesUpWithFastWriter() throws Exception {
        int events = 2000;
        body(client, put("/v2/keys/fast", "0"), 201);
        try (Response response =
                watcher.newCall(get("/v2/keys/fast?wait=true&stream=true")).execute()) {
            EtcdProcess victim = serving();
            Writer writer = new Writer(client);
            Future<?> writing = threads.submit(() -> {
                for (int i = 1; i <= events; i++) {
                    if (i == 500) {
                        victim.kill();
                    }
                    writer.writeToV2("fast", Integer.toString(i - 1), Integer.toString(i));
                }
                return null;
            });
            List<Integer> values = new ArrayList<>();
            while (values.isEmpty() || values.get(values.size() - 1) < events) {
                Matcher matcher = VALUE_OF_V2.matcher(response.body().source().readUtf8LineStrict());
                assertThat(matcher.find()).isTrue();
                values.add(Integer.parseInt(matcher.group(1)));
            }
            writing.get(30, TimeUnit.SECONDS);
            // The watch may begin on a member that has yet to hear of the write before it.
            assertThat(values.get(0) == 0 ? values.subList(1, values.size()) : values)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, events).boxed().toList());
            victim.restart();
        }
    }

    /** A watch that is not read while its member dies and many keys are written. */
    @Test
    void clearedHistory_endsBodyLikeEtcd() throws Exception {
        try (Response v2 = watcher.newCall(get("/v2/keys/cleared?wait=true")).execute();
                Response v3 = watcher.newCall(v3("/watch", create(base64("cleared"), "")))
                        .execute()) {
            assertThat(v3.body().source().readUtf8Line()).contains("\"created\":true");
            EtcdProcess victim = serving();
            victim.kill();
            victim.restart();
            cluster.awaitHealthy();
            body(client, get("/version"), 200); // or the write might go to a connection that has just died
            body(client, put("/v2/keys/cleared", "1"), 201);
            for (int i = 0; i < 1100; i++) { // etcd remembers a thousand
                body(client, put("/v2/keys/other", "" + i), i == 0 ? 201 : 200);
            }
            assertThat(v2.body().string()).isEmpty();

            String written = "";
            for (int i = 0; i < 5; i++) {
                written = body(client, v3("/kv/put", "{\"key\":\"" + base64("cleared") + "\"}"), 200);
            }
            Matcher revision = Pattern.compile("\"revision\":\"(\\d+)\"").matcher(written);
            assertThat(revision.find()).isTrue();
            body(client, v3("/kv/compaction", "{\"revision\":\"" + revision.group(1) + "\",\"physical\":true}"), 200);
            assertThat(v3.body().source().readUtf8Line())
                    .contains("\"canceled\":true", "\"compact_revision\":\"" + revision.group(1) + "\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "cancel"})
    void closeOrCancel_releasesMemberAtOnce(String how) throws Exception {
        for (Request request :
                List.of(get("/v2/keys/released?wait=true&stream=true"), v3("/watch", create(base64("released"), "")))) {
            for (boolean goesOn : new boolean[] {false, true}) {
                Call call = watcher.newCall(request);
                try (Response response = call.execute()) {
                    if (goesOn) {
                        EtcdProcess victim = serving();
                        victim.kill();
                        victim.restart();
                        cluster.awaitHealthy();
                        body(client, get("/version"), 200); // or a write might go to a connection that has just died
                        write("released");
                        readEvent(response);
                        // That event came from the history; by the next one a member serves the watch again.
                        Future<?> writing = threads.submit(() -> {
                            await().until(() -> watchersOfMembers() == 1);
                            write("released");
                            return null;
                        });
                        readEvent(response);
                        writing.get(20, TimeUnit.SECONDS);
                    }
                    await().until(() -> watchersOfMembers() == 1);
                    long began = System.nanoTime();
                    if (how.equals("close")) {
                        response.body().source().close();
                    } else {
                        call.cancel();
                    }
                    await().pollInterval(Duration.ofMillis(10)).until(() -> watchersOfMembers() == 0);
                    System.out.printf(
                            "%s: the member let go of %s after %d ms%n",
                            how, request.url().encodedPath(), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
                }
            }
        }
    }

    private static void readEvent(Response response) throws IOException {
        while (!response.body().source().readUtf8LineStrict().contains("\"value\"")) {
            // The beginning of the watch.
        }
    }

    /** To a key of each API. */
    private void write(String key) throws IOException {
        client.newCall(put("/v2/keys/" + key, "1")).execute().close();
        body(client, v3("/kv/put", "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(key) + "\"}"), 200);
    }

    /** How many watches the members serve, as they say themselves. */
    private int watchersOfMembers() throws IOException {
        int watchers = 0;
        for (EtcdProcess member : cluster.members()) {
            watchers += watchersOf(member);
        }
        return watchers;
    }

    private int watchersOf(EtcdProcess member) throws IOException {
        Request ask = new Request.Builder().url(member.clientUrl() + "/metrics").build();
        Matcher matcher = WATCHERS.matcher(body(client, ask, 200));
        int watchers = 0;
        while (matcher.find()) {
            watchers += Integer.parseInt(matcher.group(1));
        }
        return watchers;
    }

    /** The member that serves most of the watches. */
    private EtcdProcess mostWatched() throws IOException {
        EtcdProcess most = cluster.members().get(0);
        int watchers = 0;
        for (EtcdProcess member : cluster.members()) {
            int ofMember = watchersOf(member);
            if (ofMember > watchers) {
                most = member;
                watchers = ofMember;
            }
        }
        return most;
    }

    private static List<Integer> numbers() {
        return IntStream.rangeClosed(1, EVENTS).boxed().toList();
    }

    @FunctionalInterface
    private interface Fault {
        void befall(EtcdProcess member);
    }

    @FunctionalInterface
    private interface Watching {
        void run(Seen seen) throws IOException;
    }

    /** What one watcher has seen. */
    private final class Seen {
        private final String kind;
        private final Watching watching;
        private final List<Integer> values = new CopyOnWriteArrayList<>();
        private final Semaphore armed = new Semaphore(0);
        private volatile boolean polling;
        private volatile @Nullable Call call;
        private volatile boolean over;
        private @Nullable Future<?> running;

        private Seen(String kind, Watching watching) {
            this.kind = kind;
            this.watching = watching;
        }

        private void begin() {
            running = threads.submit(() -> {
                watching.run(this);
                return null;
            });
        }

        /** Waits until an event of now on will be seen. */
        private void awaitArmed() throws Exception {
            while (!armed.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                failIfEnded();
            }
            if (!polling) {
                armed.release(); // once and for all
            }
        }

        private void awaitEvent(int event) {
            await().alias(kind).atMost(Duration.ofSeconds(60)).until(() -> {
                failIfEnded();
                return values.contains(event);
            });
        }

        private void failIfEnded() throws Exception {
            Future<?> run = Objects.requireNonNull(running);
            if (run.isDone()) {
                run.get();
                throw new AssertionError(kind + " has ended after " + values);
            }
        }

        private void end() {
            over = true;
            Objects.requireNonNull(call).cancel();
        }

        private Response open(Request request) throws IOException {
            Call opened = watcher.newCall(request);
            call = opened;
            return opened.execute();
        }
    }

    /** One event a request, as v2 clients do; with an index of 0, none is ever given. */
    private void polls(Seen seen, String path, long waitIndex) throws IOException {
        seen.polling = waitIndex == 0;
        long next = waitIndex;
        long last = 0;
        while (!seen.over && seen.values.size() < EVENTS) {
            try (Response response = seen.open(get(path + (next == 0 ? "" : "&waitIndex=" + next)))) {
                if (Long.parseLong(response.header("X-Etcd-Index", "")) < last) {
                    continue; // another member, which has not applied the last event yet
                }
                seen.armed.release();
                String event = response.body().string();
                add(seen, VALUE_OF_V2, event);
                Matcher matcher = INDEX.matcher(event);
                assertThat(matcher.find()).as(event).isTrue();
                last = Long.parseLong(matcher.group(1));
                next = waitIndex == 0 ? 0 : last + 1;
            }
        }
        seen.armed.release(EVENTS);
        while (!seen.over) {
            Thread.onSpinWait();
        }
    }

    private void stream(Seen seen, Request request, int watches) throws IOException {
        int toBeCreated = watches;
        try (Response response = seen.open(request)) {
            BufferedSource events = response.body().source();
            boolean gateway = watches > 0;
            if (!gateway) {
                seen.armed.release();
            }
            while (true) {
                String line = events.readUtf8Line();
                if (line == null) {
                    return;
                }
                if (line.contains("\"error\"")) {
                    throw new IOException(line);
                }
                if (line.contains("\"created\":true") && --toBeCreated == 0) {
                    seen.armed.release();
                }
                add(seen, gateway ? VALUE_OF_V3 : VALUE_OF_V2, line);
            }
        } catch (IOException e) {
            if (!seen.over) {
                throw e;
            }
        }
    }

    private static void add(Seen seen, Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            String value = matcher.group(1);
            seen.values.add(Integer.parseInt(
                    pattern == VALUE_OF_V3 ? new String(Base64.getDecoder().decode(value), US_ASCII) : value));
        }
    }

    private static String key(String name) {
        return base64("w/" + name);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(US_ASCII));
    }

    private static String create(String key, String more) {
        return "{\"create_request\":{\"key\":\"" + key + "\"" + more + "}}";
    }

    /** Writes numbers to a key of each API, each exactly once, whatever the members do. */
    private static final class Writer {
        private final OkHttpClient client;

        private Writer(OkHttpClient client) {
            this.client = client;
        }

        /** Returns the index of the last write. */
        private long start() throws IOException {
            Matcher matcher = INDEX.matcher(body(client, put("/v2/keys/w/n", "start"), 201));
            assertThat(matcher.find()).isTrue();
            return Long.parseLong(matcher.group(1));
        }

        /** Replaces a value exactly once, even if attempts fail. */
        private void writeToV2(String key, String before, String value) {
            await().pollDelay(Duration.ZERO)
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> {
                        try (Response response = client.newCall(put("/v2/keys/" + key + "?prevValue=" + before, value))
                                .execute()) {
                            return response.isSuccessful()
                                    || body(client, get("/v2/keys/" + key + "?quorum=true"), 200)
                                            .contains("\"value\":\"" + value + "\"");
                        }
                    });
        }

        private void write(int number) {
            String before = number == 1 ? "start" : Integer.toString(number - 1);
            writeToV2("w/n", before, Integer.toString(number));
            String value = base64(Integer.toString(number));
            String compare = number == 1
                    ? "\"target\":\"VERSION\",\"version\":\"0\""
                    : "\"target\":\"VALUE\",\"value\":\"" + base64(before) + "\"";
            String txn = "{\"compare\":[{\"key\":\"" + key("n") + "\"," + compare
                    + "}],\"success\":[{\"request_put\":{\"key\":\"" + key("n") + "\",\"value\":\"" + value + "\"}}]}";
            await().pollDelay(Duration.ZERO)
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> {
                        try (Response response =
                                client.newCall(v3("/kv/txn", txn)).execute()) {
                            return response.body().string().contains("\"succeeded\":true")
                                    || body(client, v3("/kv/range", "{\"key\":\"" + key("n") + "\"}"), 200)
                                            .contains("\"value\":\"" + value + "\"");
                        }
                    });
        }
    }
}
