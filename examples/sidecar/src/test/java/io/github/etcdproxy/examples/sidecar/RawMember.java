package io.github.etcdproxy.examples.sidecar;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A member, and its own peer, that keeps what it reads byte for byte, and answers what a test says. */
final class RawMember implements AutoCloseable {
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    /** Reads the rest of a request if it wants to, and answers. */
    interface Reply {
        void to(String head, InputStream in, OutputStream out) throws Exception;
    }

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger listed = new AtomicInteger();
    private volatile List<String> advertised;
    private volatile Reply reply = (head, in, out) -> {
        readBody(head, in);
        write(out, OK);
    };

    RawMember() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        advertised = List.of(url());
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    threads.execute(() -> serve(socket));
                } catch (IOException e) {
                    return; // closed
                }
            }
        });
    }

    /** Says that these are its client URLs, rather than its own. */
    void advertises(String... urls) {
        advertised = List.of(urls);
    }

    /** How often the members have been asked for. */
    int listed() {
        return listed.get();
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    void replies(Reply other) {
        reply = other;
    }

    void replies(String response) {
        reply = (head, in, out) -> {
            readBody(head, in);
            write(out, response);
        };
    }

    /** The head and the body of each request that was forwarded, in order. */
    Queue<String> requests() {
        return requests;
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                String head = readHead(in);
                if (head.isEmpty()) {
                    return;
                }
                if (head.startsWith("GET /members ")) {
                    listed.incrementAndGet();
                    String members = "[{\"id\":1,\"peerURLs\":[\"" + url() + "\"],\"name\":\"m\",\"clientURLs\":[\""
                            + String.join("\",\"", advertised) + "\"]}]";
                    write(
                            socket.getOutputStream(),
                            "HTTP/1.1 200 OK\r\nX-Etcd-Cluster-ID: 1\r\nContent-Type: application/json\r\nContent-Length: "
                                    + members.length() + "\r\n\r\n" + members);
                } else if (head.startsWith("GET /version ")) {
                    write(socket.getOutputStream(), OK);
                } else {
                    reply.to(head, in, socket.getOutputStream());
                }
            }
        } catch (Exception e) {
            // The other side has gone.
        }
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads a body that has a length, and keeps the request. */
    void readBody(String head, InputStream in) throws IOException {
        String lower = head.toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
        requests.add(head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
    }

    static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
