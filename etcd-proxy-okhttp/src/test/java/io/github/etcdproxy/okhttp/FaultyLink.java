package io.github.etcdproxy.okhttp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A TCP relay to a local port that can cut, lose, stall and refuse connections. */
final class FaultyLink implements AutoCloseable {
    private final int target;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean loseNextResponse = new AtomicBoolean();
    private @Nullable ServerSocket server; // guarded by this
    private boolean stalled; // guarded by this
    private final AtomicInteger connections = new AtomicInteger();
    private boolean closed; // guarded by this

    FaultyLink(int target) {
        this.target = target;
        this.port = listen(0);
    }

    /** How many connections have been made so far. */
    int connections() {
        return connections.get();
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Listens, at the same port as before. */
    private synchronized int listen(int samePort) {
        while (true) {
            try {
                ServerSocket listening = new ServerSocket();
                listening.setReuseAddress(true);
                listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), samePort), 100);
                server = listening;
                daemon(() -> accept(listening));
                return listening.getLocalPort();
            } catch (IOException e) {
                Thread.onSpinWait(); // an outgoing connection may use the port for a moment
            }
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "faulty-link");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket listening) {
        while (true) {
            try {
                Socket client = listening.accept();
                connections.incrementAndGet();
                Socket member = new Socket(InetAddress.getLoopbackAddress(), target);
                client.setTcpNoDelay(true);
                member.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(member);
                daemon(() -> pump(client, member, false));
                daemon(() -> pump(member, client, true));
            } catch (IOException e) {
                if (listening.isClosed()) {
                    return;
                }
            }
        }
    }

    private void pump(Socket from, Socket to, boolean response) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitFlow();
                if (response && loseNextResponse.compareAndSet(true, false)) {
                    return;
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // One side has closed; close the other too.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private synchronized void awaitFlow() {
        while (stalled && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Closes all connections, dropping data in transit. */
    void cut() {
        for (Socket socket : sockets) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                // It is closed.
            }
        }
    }

    /** Lets the next request pass and drops its response together with the connection. */
    void loseNextResponse() {
        loseNextResponse.set(true);
    }

    /** Holds back all data until the link is healed. */
    synchronized void stall() {
        stalled = true;
    }

    /** Refuses new connections and cuts existing ones until the link is healed. */
    synchronized void refuse() {
        try {
            if (server != null) {
                server.close();
                server = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    /** Relays normally. */
    synchronized void heal() {
        loseNextResponse.set(false);
        stalled = false;
        notifyAll();
        if (server == null && !closed) {
            listen(port);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        stalled = false;
        notifyAll();
        refuse();
    }
}
