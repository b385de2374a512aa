package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.function.Function;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/** A member of an {@link InProcessCluster}: a server for its peers and one for its clients. */
public final class InProcessMember implements EtcdMember {
    private final String name;
    private final Listener peers;
    private final Listener clients;

    InProcessMember(
            String name,
            Function<RecordedRequest, MockResponse> answerPeer,
            Function<RecordedRequest, MockResponse> answerClient) {
        this.name = name;
        this.peers = new Listener(answerPeer);
        this.clients = new Listener(answerClient);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String peerUrl() {
        return "http://127.0.0.1:" + peers.port;
    }

    @Override
    public String clientUrl() {
        return "http://127.0.0.1:" + clients.port;
    }

    @Override
    public void kill() {
        peers.stop();
        clients.stop();
    }

    @Override
    public void restart() {
        peers.start();
        clients.start();
    }

    /** A server that comes back at the port that it had. */
    private static final class Listener {
        private final Function<RecordedRequest, MockResponse> answer;
        private MockWebServer server = new MockWebServer();
        private int port;

        Listener(Function<RecordedRequest, MockResponse> answer) {
            this.answer = answer;
        }

        void start() {
            server = new MockWebServer();
            server.setDispatcher(new Dispatcher() {
                @Override
                public MockResponse dispatch(RecordedRequest request) {
                    return answer.apply(request);
                }
            });
            try {
                server.start(InetAddress.getLoopbackAddress(), port);
            } catch (IOException e) {
                throw new UncheckedIOException("a member can't listen at port " + port, e);
            }
            port = server.getPort();
        }

        void stop() {
            server.close();
        }
    }
}
