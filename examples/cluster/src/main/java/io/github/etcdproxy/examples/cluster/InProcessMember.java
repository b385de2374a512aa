package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.net.ServerSocketFactory;
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

    /** A server that restarts on the same port. */
    private static final class Listener {
        private final Function<RecordedRequest, MockResponse> answer;
        private MockWebServer server = new MockWebServer();
        private int port;

        Listener(Function<RecordedRequest, MockResponse> answer) {
            this.answer = answer;
        }

        void start() {
            for (int tries = 1; true; tries++) {
                try {
                    server = listen();
                    port = server.getPort();
                    return;
                } catch (IOException e) {
                    // At a restart an outgoing connection may use the port for a moment.
                    if (port == 0 || tries == 100) {
                        throw new UncheckedIOException("a member can't listen at port " + port, e);
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
        }

        private MockWebServer listen() throws IOException {
            MockWebServer listening = new MockWebServer();
            listening.setServerSocketFactory(new RestartableSockets());
            listening.setDispatcher(new Dispatcher() {
                @Override
                public MockResponse dispatch(RecordedRequest request) {
                    return answer.apply(request);
                }
            });
            listening.start(InetAddress.getLoopbackAddress(), port);
            return listening;
        }

        void stop() {
            server.close();
        }
    }

    /** Server sockets that can be bound again while connections of their predecessor still end. */
    private static final class RestartableSockets extends ServerSocketFactory {
        @Override
        public ServerSocket createServerSocket() throws IOException {
            return new ServerSocket() {
                @Override
                public void setReuseAddress(boolean on) throws SocketException {
                    super.setReuseAddress(true); // also at the first start, when the server asks for false
                }

                @Override
                public Socket accept() throws IOException {
                    Socket socket = super.accept();
                    socket.setTcpNoDelay(true); // otherwise each small response waits 40 ms for an acknowledgement
                    return socket;
                }
            };
        }

        @Override
        public ServerSocket createServerSocket(int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
            throw new UnsupportedOperationException();
        }
    }
}
