package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;

import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.ResumedWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okio.Buffer;

/** Two members whose answers to a watch are a script, whichever is asked, and the words of etcd's watches. */
final class WatchScript implements AutoCloseable {
    static final String CREATE = "{\"create_request\":{\"key\":\"YQ==\",\"watch_id\":9007199254740993}}";

    static final String COMPACTED =
            "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"99\"},\"canceled\":true,"
                    + "\"compact_revision\":\"50\"}}\n";

    final ScriptedCluster cluster = new ScriptedCluster(2);
    final OkHttpClient plain = RealEtcd.client().build();

    /** What the members answer; when all has been said, they hold the watch and say nothing. */
    final Deque<MockResponse> answers = new ConcurrentLinkedDeque<>();

    /** Path, query and body of each request. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    final List<ResumedWatch> resumed = new CopyOnWriteArrayList<>();

    EtcdProxy proxy(Consumer<EtcdProxy.Builder> options) throws Exception {
        EtcdProxy.Builder builder = cluster.proxy()
                .failureWait(Duration.ofMillis(50))
                .listener(new EtcdProxyListener() {
                    @Override
                    public void watchResumed(ResumedWatch watch) {
                        resumed.add(watch);
                    }
                });
        options.accept(builder);
        EtcdProxy proxy = builder.start();
        cluster.awaitReadyAndKeepOrder(proxy);
        cluster.inOrder(proxy, 0).answer(this::answer);
        cluster.inOrder(proxy, 1).answer(this::answer);
        return proxy;
    }

    MockResponse answer(RecordedRequest request) {
        if (request.getTarget().equals("/version")) {
            return new MockResponse.Builder().build();
        }
        String body = request.getBody() == null ? "" : request.getBody().utf8();
        asked.add(request.getTarget() + body);
        MockResponse answer = answers.poll();
        return answer == null
                ? v2(100).bodyDelay(1, TimeUnit.MINUTES).chunkedBody("never", 1).build()
                : answer;
    }

    static MockResponse.Builder v2(long index) {
        return new MockResponse.Builder()
                .addHeader("X-Etcd-Index", Long.toString(index))
                .addHeader("X-Etcd-Cluster-Id", "1f");
    }

    /** Breaks off after a text. */
    static MockResponse cut(MockResponse.Builder answer, String text) {
        // A chunk that is announced and does not come.
        return answer.addHeader("Transfer-Encoding", "chunked")
                .removeHeader("Content-Length")
                .body(new Buffer().writeUtf8(chunk(text) + "fff\r\n"))
                .removeHeader("Content-Length")
                .onResponseEnd(new SocketEffect.CloseSocket())
                .build();
    }

    private static String chunk(String text) {
        return text.isEmpty() ? "" : Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    static MockResponse whole(MockResponse.Builder answer, String text) {
        return answer.chunkedBody(text, 7).build();
    }

    static String event(String key, long index) {
        return "{\"action\":\"set\",\"node\":{\"key\":\"" + key + "\",\"value\":\"{\\\"}\",\"modifiedIndex\":" + index
                + ",\"createdIndex\":1}}\n";
    }

    /** Holds the watch after its first words, which makes it one that can be resumed. */
    static MockResponse silent() {
        return v2(10).bodyDelay(1, TimeUnit.MINUTES).chunkedBody("never", 1).build();
    }

    static String created(long revision) {
        return "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"" + revision + "\"},\"created\":true}}\n";
    }

    static String events(long... revisions) {
        StringBuilder events = new StringBuilder();
        for (long revision : revisions) {
            events.append(events.isEmpty() ? "" : ",")
                    .append("{\"kv\":{\"key\":\"YQ==\",\"mod_revision\":\"")
                    .append(revision)
                    .append("\",\"value\":\"e30=\"}}");
        }
        return "{\"result\":{\"header\":{\"cluster_id\":\"7\",\"revision\":\"99\"},\"events\":[" + events + "]}}\n";
    }

    static MockResponse.Builder v3Answer() {
        return new MockResponse.Builder();
    }

    static String resumedAt(long revision) {
        return CREATE.replace("}}", ",\"start_revision\":\"" + revision + "\"}}");
    }

    String watch(EtcdProxy proxy, Request request) throws IOException {
        return body(proxy.wrap(plain), request, 200);
    }

    @Override
    public void close() {
        plain.connectionPool().evictAll();
        cluster.close();
    }
}
