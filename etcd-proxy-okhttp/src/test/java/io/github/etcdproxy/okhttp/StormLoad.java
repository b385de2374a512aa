package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.examples.cluster.CallStream;
import java.io.IOException;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Eight threads, each of which appends to its own queue, updates its own key by compare-and-swap, and reads it; and the
 * records to find lost, duplicated and wrongly reported writes afterwards.
 */
final class StormLoad implements AutoCloseable {
    private static final Pattern VALUE = Pattern.compile("\"value\":\"([^\"]*)\"");

    private final String name;
    private final OkHttpClient client;
    private final String url;
    private final Map<Thread, Writer> writers = new ConcurrentHashMap<>();
    private final AtomicInteger writerNumbers = new AtomicInteger();
    private final CallStream stream;

    final AtomicLong reads = new AtomicLong();
    final Queue<String> failedReads = new ConcurrentLinkedQueue<>();
    final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    final Set<String> unknown = ConcurrentHashMap.newKeySet();
    final Set<String> notApplied = ConcurrentHashMap.newKeySet();
    final AtomicLong swaps = new AtomicLong();
    final AtomicLong swapsLost = new AtomicLong();
    final AtomicLong swapsBeatenByThemselves = new AtomicLong();
    final Set<String> appliedThoughNot = ConcurrentHashMap.newKeySet();

    /** What a thread knows of its key. */
    private static final class Writer {
        private final int number;
        private int count;
        private String last = "";

        /** Whether the last value is known to be the key's, and not merely what it may be. */
        private boolean certain;

        private Writer(int number) {
            this.number = number;
        }
    }

    /** The result of a write. */
    private enum Outcome {
        ACKNOWLEDGED,
        UNKNOWN,
        NOT_APPLIED,
        COMPARE_FAILED
    }

    StormLoad(String name, OkHttpClient client, String url) {
        this.name = name;
        this.client = client;
        this.url = url + "/v2/keys/storm-" + name;
        this.stream = CallStream.start(8, this::step);
    }

    private void step() {
        Writer writer =
                writers.computeIfAbsent(Thread.currentThread(), thread -> new Writer(writerNumbers.getAndIncrement()));
        append(writer);
        if (!writer.certain) {
            look(writer);
        }
        if (writer.certain) {
            swap(writer);
        }
        read("/swap-" + writer.number);
    }

    private void append(Writer writer) {
        String value = "p" + writer.number + "-" + writer.count++;
        switch (write(form("/queue-" + writer.number, value, "POST"))) {
            case ACKNOWLEDGED -> acknowledged.add(value);
            case NOT_APPLIED -> notApplied.add(value);
            default -> unknown.add(value);
        }
    }

    private void swap(Writer writer) {
        String value = "s" + writer.number + "-" + writer.count++;
        String condition = writer.last.isEmpty() ? "?prevExist=false" : "?prevValue=" + writer.last;
        swaps.incrementAndGet();
        switch (write(form("/swap-" + writer.number + condition, value, "PUT"))) {
            case ACKNOWLEDGED -> writer.last = value;
            case NOT_APPLIED -> notApplied.add(value);
            case UNKNOWN -> writer.certain = false;
            case COMPARE_FAILED -> {
                // No one else writes: either an earlier write of unknown outcome was applied late, or this one was
                // applied twice.
                String before = writer.last;
                writer.certain = false;
                look(writer);
                if (writer.last.equals(value)) {
                    swapsBeatenByThemselves.incrementAndGet();
                } else if (writer.certain && writer.last.equals(before)) {
                    swapsLost.incrementAndGet();
                }
            }
        }
    }

    private void look(Writer writer) {
        String body = read("/swap-" + writer.number + "?quorum=true");
        if (body.isEmpty()) {
            return;
        }
        String value = VALUE.matcher(body)
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElse("");
        if (notApplied.contains(value)) {
            appliedThoughNot.add(value);
        }
        writer.last = value;
        writer.certain = true;
    }

    /** The body of a read, that of "not found" included; empty if it failed. */
    private String read(String path) {
        reads.incrementAndGet();
        Request request = new Request.Builder().url(url + path).build();
        try (Response response = client.newCall(request).execute()) {
            String body = response.body().string();
            if (response.code() == 200 || response.code() == 404) {
                return body;
            }
            failedReads.add(response.code() + " " + body.strip());
        } catch (IOException e) {
            failedReads.add(e.toString());
        }
        return "";
    }

    private Request form(String path, String value, String method) {
        return new Request.Builder()
                .url(url + path)
                .method(method, new FormBody.Builder().add("value", value).build())
                .build();
    }

    private Outcome write(Request request) {
        try (Response response = client.newCall(request).execute()) {
            int status = response.code();
            if (status == 200 || status == 201) {
                return Outcome.ACKNOWLEDGED;
            }
            String body = response.body().string();
            if (status == 412) {
                return Outcome.COMPARE_FAILED;
            }
            return body.contains("\"outcome\":\"not-applied\"") ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
        } catch (IOException e) {
            return Outcome.UNKNOWN;
        }
    }

    @Override
    public void close() {
        stream.close();
    }

    /** The comparison at the end. */
    record Verdict(long duplicates, long lost, long appliedThoughNot) {}

    /** Compares the callers' results with the stored data, read from a member directly after the storm. */
    Verdict verdict(OkHttpClient direct, String memberUrl) throws IOException {
        Request request = new Request.Builder()
                .url(memberUrl + "/v2/keys/storm-" + name + "?recursive=true&sorted=true&quorum=true")
                .build();
        String all;
        try (Response response = direct.newCall(request).execute()) {
            all = response.body().string();
        }
        Map<String, Long> found = VALUE.matcher(all)
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.groupingBy(value -> value, Collectors.counting()));
        notApplied.stream().filter(found::containsKey).forEach(appliedThoughNot::add);
        return new Verdict(
                found.values().stream().mapToLong(times -> times - 1).sum(),
                acknowledged.stream().filter(value -> !found.containsKey(value)).count() + swapsLost.get(),
                appliedThoughNot.size());
    }

    /** All figures in a line. */
    String figures(Verdict verdict) {
        return String.format(
                "%-15s reads %d, failed %d | appends: acknowledged %d, unknown %d, not applied %d | swaps %d, refused because"
                        + " of their own duplicate %d | duplicates %d, acknowledged but lost %d, applied though \"not-applied\" %d |"
                        + " longest call %d ms",
                name,
                reads.get(),
                failedReads.size(),
                acknowledged.size(),
                unknown.size(),
                notApplied.stream().filter(value -> value.startsWith("p")).count(),
                swaps.get(),
                swapsBeatenByThemselves.get(),
                verdict.duplicates(),
                verdict.lost(),
                verdict.appliedThoughNot(),
                stream.longestCall().toMillis());
    }
}
