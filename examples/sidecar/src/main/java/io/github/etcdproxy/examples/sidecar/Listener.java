package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves HTTP/1.1 at the listen URLs, by Jetty, within {@link Limits}. It periodically closes connections whose client
 * has disconnected or sends too slowly. Thread safe.
 */
final class Listener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Listener.class);

    private static final int LOOK_MILLIS = 250;

    private static final ByteBuffer TOO_SLOW =
            ByteBuffer.wrap("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));

    private final Server server;
    private final Forwarding forwarding;
    private final Limits limits;
    private final Set<ClientEndPoint> connections = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sidecar-connections");
        thread.setDaemon(true);
        return thread;
    });

    private volatile boolean ending;

    private Listener(Server server, Forwarding forwarding, Limits limits) {
        this.server = server;
        this.forwarding = forwarding;
        this.limits = limits;
    }

    /**
     * Starts to listen.
     *
     * @param tls for https URLs; null if there is none
     * @throws IOException if a port can't be had; the message names the URL
     */
    static Listener start(
            List<EtcdUrl> urls, SslContextFactory.@Nullable Server tls, Forwarding forwarding, Limits limits)
            throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(limits.connections() + 64, 8);
        threads.setName("sidecar");
        if (VirtualThreads.areSupported()) {
            threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        }
        Server server = new Server(threads);
        Listener listener = new Listener(server, forwarding, limits);
        server.setHandler(listener.new Admission());
        server.setErrorHandler(new Errors());
        server.setStopTimeout(limits.drainTime().toMillis());
        for (EtcdUrl url : urls) {
            listener.listenAt(url, tls);
        }
        try {
            server.start();
        } catch (IOException e) {
            listener.stop();
            throw e;
        } catch (Exception e) {
            listener.stop();
            throw new IOException("the HTTP server can't be started: " + e, e);
        }
        var unused =
                listener.timer.scheduleWithFixedDelay(listener::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        return listener;
    }

    private void listenAt(EtcdUrl url, SslContextFactory.@Nullable Server tls) throws IOException {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setHttpCompliance(HttpCompliance.RFC9110); // malformed requests are refused
        configuration.setUriCompliance(UriCompliance.UNSAFE); // what a path means is the member's affair
        configuration.setRequestHeaderSize(limits.headBytes());
        configuration.setSendServerVersion(false);
        configuration.addCustomizer(new SecureRequestCustomizer(false)); // whatever Host a client names
        HttpConnectionFactory http = new HttpConnectionFactory(configuration);
        boolean secure = url.scheme().equals("https");
        ClientConnector connector = secure && tls != null
                ? connector(new SslConnectionFactory(tls, http.getProtocol()), http)
                : connector(http);
        connector.setHost(url.host());
        connector.setPort(url.port());
        connector.setIdleTimeout(limits.idleTime().toMillis());
        connector.setShutdownIdleTimeout(limits.drainTime().toMillis());
        connector.setAcceptQueueSize(1024);
        try {
            connector.open();
        } catch (IOException e) {
            stop();
            String why = e.getCause() instanceof BindException || e instanceof BindException
                    ? "the port is in use, or the address is not this machine's: see who has it with \"ss -ltnp\","
                            + " or listen elsewhere"
                    : String.valueOf(e.getMessage());
            throw new IOException("can't listen at " + url + ": " + why, e);
        }
        server.addConnector(connector);
    }

    private ClientConnector connector(ConnectionFactory... factories) {
        return new ClientConnector(server, connections, limits.connections(), factories);
    }

    /** How many requests are under way. */
    int exchanges() {
        return forwarding.exchanges().size();
    }

    private void look() {
        try {
            lookAtConnections();
        } catch (RuntimeException | Error e) { // or the timer would stop for good
            log.error("Checking the connections failed; it is repeated", e);
        }
    }

    private void lookAtConnections() {
        forwarding.exchanges().forEach(Exchange::endIfClientIsGone);
        long now = System.nanoTime();
        for (ClientEndPoint connection : connections) {
            connection.closeIfSlow(now, limits.headTime().toNanos(), TOO_SLOW.duplicate());
        }
    }

    /** Ends watches at once, waits for other requests to end, refuses new ones, and closes. */
    @Override
    public void close() {
        ending = true; // before watches are ended, or a watcher would be back at once
        Thread ending = new Thread(this::stop, "sidecar-stop");
        ending.start();
        while (ending.isAlive()) {
            forwarding.exchanges().forEach(Exchange::endWatch);
            connections.forEach(ClientEndPoint::closeIfIdle);
            try {
                ending.join(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        timer.shutdownNow();
    }

    private void stop() {
        try {
            server.stop();
        } catch (Exception e) {
            log.warn("Requests under way were cut off: they had {} to end", limits.drainTime());
            log.debug("Jetty did not stop in time", e);
        }
    }

    /** Comes before all else. */
    private final class Admission extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            ClientEndPoint connection = ClientEndPoint.of(request);
            boolean inTime = connection.beginServing();
            Request.addCompletionListener(request, failure -> connection.endServing());
            if (!inTime) {
                callback.failed(new TimeoutException("the request's head came too slowly"));
                return true;
            }
            if (ending) {
                Answer.refusal(503, "this proxy is about to end").write(response, callback);
                return true;
            }
            if (!connection.isServed()) {
                Answer.refusal(
                                503,
                                "more than " + limits.connections() + " connections: close those that are not needed")
                        .write(response, callback);
                return true;
            }
            return forwarding.handle(request, response, callback);
        }
    }

    /** Formats Jetty's refusals like etcd's proxy. */
    private static final class Errors extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            int status = response.getStatus();
            Object reason =
                    status < 500 ? request.getAttribute(ErrorHandler.ERROR_MESSAGE) : null; // no internal details
            Answer.refusal(status, reason == null ? String.valueOf(HttpStatus.getMessage(status)) : reason.toString())
                    .write(response, callback);
            return true;
        }
    }
}
