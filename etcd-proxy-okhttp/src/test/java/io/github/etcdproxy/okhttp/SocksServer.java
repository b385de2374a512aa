package io.github.etcdproxy.okhttp;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** As much of a SOCKS proxy as CONNECT without authentication needs (RFC 1928). It connects to this machine only. */
final class SocksServer implements AutoCloseable {
    private static final int VERSION = 5;
    private static final int SUCCEEDED = 0;
    private static final int REFUSED = 5;
    private static final int IPV4 = 1;
    private static final int NAME = 3;

    private final ServerSocket server;
    private final Thread acceptor;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<String> targets = new CopyOnWriteArrayList<>();
    private final List<Thread> relays = new CopyOnWriteArrayList<>();

    SocksServer() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = daemon(this::accept);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "socks-server");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    Proxy asProxy() {
        return new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
    }

    /** To where it was asked to connect, each as {@code host:port}. */
    List<String> targets() {
        return targets;
    }

    /** Returns when the client, too, sees the end of all connections, whose targets have closed them. */
    void awaitEndOfConnections() throws InterruptedException {
        for (Thread relay : relays) {
            relay.join();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                sockets.add(client);
                if (server.isClosed()) {
                    return;
                }
                relays.add(daemon(() -> serve(client)));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket target = new Socket()) {
            sockets.add(target);
            DataInputStream in = new DataInputStream(client.getInputStream());
            OutputStream out = client.getOutputStream();
            in.readByte(); // the version
            in.skipNBytes(in.readUnsignedByte()); // methods of authentication
            out.write(new byte[] {VERSION, 0});
            in.skipNBytes(3); // the version, CONNECT, and a reserved byte
            String host = host(in);
            int port = in.readUnsignedShort();
            targets.add(host + ":" + port);
            try {
                target.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            } catch (IOException e) {
                reply(out, REFUSED);
                return;
            }
            reply(out, SUCCEEDED);
            relays.add(daemon(() -> relay(target, client)));
            pump(client, target);
        } catch (IOException e) {
            // One of both has gone.
        }
    }

    private static String host(DataInputStream in) throws IOException {
        int type = in.readUnsignedByte();
        return switch (type) {
            case IPV4 -> InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
            case NAME -> new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.US_ASCII);
            default -> throw new IOException("address of type " + type);
        };
    }

    private static void reply(OutputStream out, int code) throws IOException {
        out.write(new byte[] {VERSION, (byte) code, 0, IPV4, 127, 0, 0, 1, 0, 0});
        out.flush();
    }

    private static void relay(Socket from, Socket to) {
        try {
            pump(from, to);
        } catch (IOException e) {
            // One of both has gone.
        }
    }

    /** Both sockets are closed when one side ends. */
    private static void pump(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        try {
            acceptor.join(); // until it has ended, the system may give it one more connection
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
