package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.discovery.PeerDiscovery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;

/** Members over real sockets with scripted responses and faults, and the peer that lists them. */
final class ScriptedCluster implements AutoCloseable {
    private final MockWebServer peer;
    private final List<Member> members;
    private volatile Function<RecordedRequest, MockResponse> peerAnswer = request -> members();

    /** One member. Answers with 200 and its number by default. */
    static final class Member {
        private final MockWebServer server;
        private final AtomicInteger calls = new AtomicInteger();
        private volatile Function<RecordedRequest, MockResponse> answer;

        private Member(int number) {
            this.answer = request ->
                    new MockResponse.Builder().body("member " + number).build();
            this.server = serve(request -> {
                if (!isProbe(request)) {
                    calls.incrementAndGet();
                }
                return answer.apply(request);
            });
        }

        String url() {
            return "http://127.0.0.1:" + server.getPort();
        }

        void answer(Function<RecordedRequest, MockResponse> answer) {
            this.answer = answer;
        }

        /** From now on connections are refused. */
        void stop() {
            server.close();
        }

        /** The number of calls it has received, without probes. */
        int requests() {
            return calls.get();
        }

        RecordedRequest takeRequest() throws InterruptedException {
            RecordedRequest request = server.takeRequest();
            return isProbe(request) ? takeRequest() : request;
        }

        private static boolean isProbe(RecordedRequest request) {
            return request.getTarget().equals("/version");
        }
    }

    ScriptedCluster(int size) {
        members = IntStream.range(0, size).mapToObj(Member::new).toList();
        members.forEach(member -> RecordingLogs.clear(member.url()));
        peer = serve(request -> peerAnswer.apply(request));
    }

    private static MockWebServer serve(Function<RecordedRequest, MockResponse> answer) {
        MockWebServer server = new MockWebServer();
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return answer.apply(request);
            }
        });
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return server;
    }

    /** An answer that reads the request and closes the connection. */
    static MockResponse cut() {
        return new MockResponse.Builder()
                .onResponseStart(new SocketEffect.CloseSocket())
                .build();
    }

    /** A proxy on this cluster, with etcd's defaults. */
    EtcdProxy.Builder proxy() {
        return EtcdProxy.builder().listenClientUrls(RealEtcd.LISTEN).discovery(discovery());
    }

    PeerDiscovery discovery() {
        return PeerDiscovery.initialCluster("peer=" + peerUrl());
    }

    String peerUrl() {
        return "http://127.0.0.1:" + peer.getPort();
    }

    /** Starts a proxy with etcd's defaults that knows the members, whose order does not change. */
    EtcdProxy readyProxy() throws Exception {
        EtcdProxy proxy = proxy().start();
        try {
            awaitReadyAndKeepOrder(proxy);
            return proxy;
        } catch (Throwable e) {
            proxy.close();
            throw e;
        }
    }

    /** Waits until the proxy knows the members, and makes later refreshes fail, so that the order does not change. */
    void awaitReadyAndKeepOrder(EtcdProxy proxy) throws Exception {
        proxy.awaitReady(Duration.ofSeconds(10));
        peerAnswers(request -> new MockResponse.Builder().code(500).build());
    }

    void stopMembers() {
        members.forEach(Member::stop);
    }

    String memberUrl(int number) {
        return members.get(number).url();
    }

    /** The number of requests that all members have received. */
    int memberRequests() {
        return members.stream().mapToInt(Member::requests).sum();
    }

    /** The member to which calls go first, second, third. */
    Member inOrder(EtcdProxy proxy, int place) {
        String url = proxy.status().endpoints().get(place).url().toString();
        return members.stream()
                .filter(member -> member.url().equals(url))
                .findFirst()
                .orElseThrow();
    }

    int peerRequests() {
        return peer.getRequestCount();
    }

    void peerAnswers(Function<RecordedRequest, MockResponse> answer) {
        peerAnswer = answer;
    }

    /** What a peer answers to {@code GET /members}. */
    MockResponse members() {
        String json = members.stream()
                .map(member -> "{\"id\":" + member.server.getPort() + ",\"name\":\"m\",\"peerURLs\":[\"" + peerUrl()
                        + "\"],\"clientURLs\":[\"" + member.url() + "\"]}")
                .collect(Collectors.joining(",", "[", "]"));
        return new MockResponse.Builder()
                .addHeader("X-Etcd-Cluster-ID", "1f")
                .body(json)
                .build();
    }

    @Override
    public void close() {
        peer.close();
        stopMembers();
    }
}
