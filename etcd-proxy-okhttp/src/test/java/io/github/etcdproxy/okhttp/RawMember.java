package io.github.etcdproxy.okhttp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A member on raw sockets, so that it can fail at any byte: HTTP/1.1, and as much of HTTP/2 with prior knowledge as
 * sequential requests need. It lists itself, or others, at {@code /members}, and answers probes at {@code /version}. It
 * counts all other requests and answers them with 200 and its name.
 */
final class RawMember implements AutoCloseable {
    private static final byte[] PREFACE = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int REFUSED_STREAM = 7;

    private final String name;
    private final boolean http2;
    private final ServerSocket server;
    private final Thread acceptor;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final List<Socket> fillers = new ArrayList<>();
    private final AtomicInteger processed = new AtomicInteger();
    private volatile String members = "[]";
    private volatile Fault fault = Fault.NONE;
    private volatile boolean blackHole;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicInteger probes = new AtomicInteger();
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile boolean once;

    /** The fault of the next request. */
    enum Fault {
        NONE,
        /** Closes each connection without reading; with HTTP/2, as the request comes in. */
        ACCEPT_CLOSE,
        /** Reads the request and closes. */
        READ_CLOSE,
        /** Closes within the response's headers. */
        HEAD_CUT,
        /** Closes within the body of the response. */
        BODY_CUT,
        /** Answers with bytes that are not HTTP. */
        GARBAGE,
        /** Reads and never responds, not even to probes. */
        STALL,
        /** Responds to probes only, until {@link #goOn} is called. */
        SLOW,
        /** Sends the response's headers at once, and its body when {@link #goOn} is called. */
        WATCH,
        /** HTTP/1.1: answers the next request with 401, and stalls from then on. */
        CHALLENGE_THEN_STALL,
        /** HTTP/1.1: sends the next request to another path, and stalls from then on. */
        REDIRECT_THEN_STALL,
        /** HTTP/1.1: begins a response that it can't serve, and stalls before the reason. */
        UNAVAILABLE_THEN_STALL,
        /** HTTP/1.1: sends a megabyte of a longer body at once, and stalls from then on. */
        BODY_THEN_STALL,
        /** HTTP/1.1: sends bytes until {@link #goOn} is called, and does not answer probes. */
        FLOW,
        /** Reads the request and resets the connection. */
        RESET,
        /** HTTP/2: announces a shutdown and processes no more requests. */
        GOAWAY,
        /** HTTP/2: refuses the stream. */
        REFUSED_STREAM
    }

    /** The faults after which it stalls. */
    private static final Set<Fault> FIRST_OF_TWO = EnumSet.of(
            Fault.CHALLENGE_THEN_STALL, Fault.REDIRECT_THEN_STALL, Fault.UNAVAILABLE_THEN_STALL, Fault.BODY_THEN_STALL);

    /** {@code http2}: whether callers use HTTP/2. */
    RawMember(String name, boolean http2) {
        this.name = name;
        this.http2 = http2;
        try {
            // A short queue, so that it can be filled: then further connects hang, as they do when packets are dropped.
            server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = daemon("accept", this::accept);
        acceptor.start();
    }

    private Thread daemon(String what, Runnable task) {
        Thread thread = new Thread(task, "raw-member-" + name + "-" + what);
        thread.setDaemon(true);
        return thread;
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    int port() {
        return server.getLocalPort();
    }

    /** The number of requests that it has read completely and not refused. */
    int processed() {
        return processed.get();
    }

    /** Waits until that many requests have been read. */
    void awaitRequests(int count) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        synchronized (processed) {
            while (processed.get() < count) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IllegalStateException(name + " got no request within 20 s");
                }
                TimeUnit.NANOSECONDS.timedWait(processed, left);
            }
        }
    }

    private void countRequest() {
        synchronized (processed) {
            processed.incrementAndGet();
            processed.notifyAll();
        }
    }

    /** Sets the client URLs that it lists as a peer. */
    void lists(List<String> clientUrls) {
        members = clientUrls.stream()
                .map(url -> "{\"id\":" + (url.hashCode() & 0xffff) + ",\"clientURLs\":[\"" + url + "\"]}")
                .toList()
                .toString();
    }

    void fail(Fault next) {
        fault = next;
    }

    /** Fails only the next request. */
    void failOnce(Fault next) {
        once = true;
        fault = next;
    }

    /**
     * Takes the fault of a request, before the request is counted: a test that waits for the count sets the next fault.
     */
    private Fault takeFault() {
        Fault taken = fault;
        if (once) {
            fault = Fault.NONE;
        } else if (FIRST_OF_TWO.contains(taken)) {
            fault = Fault.STALL;
        }
        return taken;
    }

    /** Sends the delayed responses. */
    void goOn() {
        goOn.countDown();
    }

    private void awaitGoOn() {
        try {
            goOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until the delayed responses have been sent. */
    void awaitAnswer() throws InterruptedException {
        if (!answered.await(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name + " answered nothing within 20 s");
        }
    }

    /** How many probes have been answered. */
    int probes() {
        return probes.get();
    }

    /** Refuses new connections from now on, and closes existing ones. */
    void refuse() throws IOException, InterruptedException {
        server.close();
        acceptor.join(); // until it has ended, the system may give it one more connection
        for (Socket connection : connections) {
            connection.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Closes the open connections. */
    void closeConnections() throws IOException, InterruptedException {
        List<Thread> serving = List.copyOf(threads);
        for (Socket connection : connections) {
            connection.close();
        }
        for (Thread thread : serving) {
            thread.join();
        }
    }

    /** The number of open connections, including those of probes. */
    int connections() {
        return connections.size();
    }

    /** From now on nothing is sent back on open connections, and no new connection succeeds. */
    void blackHole() throws IOException, InterruptedException {
        blackHole = true;
        fill(); // which the acceptor takes as its last
        acceptor.join();
        while (fill()) {
            // The queue has room for two or so.
        }
    }

    private boolean fill() throws IOException {
        Socket filler = new Socket();
        fillers.add(filler);
        try {
            filler.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), 300);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                connections.add(connection);
                if (blackHole) {
                    return;
                }
                if (server.isClosed() || (fault == Fault.ACCEPT_CLOSE && !http2)) {
                    connection.close();
                    continue;
                }
                connection.setTcpNoDelay(true);
                Thread thread = daemon("connection", () -> serve(connection));
                threads.add(thread);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            in.mark(3);
            byte[] start = in.readNBytes(3);
            in.reset();
            if (new String(start, StandardCharsets.US_ASCII).equals("PRI")) {
                serveHttp2(connection, new DataInputStream(in));
            } else {
                serveHttp1(connection, in);
            }
        } catch (IOException e) {
            // The other side has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
            threads.remove(Thread.currentThread());
        }
    }

    /** Whether received requests must be dropped. */
    private boolean isGone() {
        if (blackHole) {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return server.isClosed();
    }

    private void serveHttp1(Socket connection, InputStream in) throws IOException, InterruptedException {
        OutputStream out = connection.getOutputStream();
        for (String head = readHead(in); !head.isEmpty(); head = readHead(in)) {
            int length = contentLength(head);
            if (in.readNBytes(length).length < length) {
                return; // the caller gave up
            }
            if (isGone() || fault == Fault.ACCEPT_CLOSE) {
                return;
            }
            if (head.startsWith("GET /members ") || head.startsWith("GET /version ")) {
                if (fault == Fault.STALL || fault == Fault.FLOW) {
                    swallow(in);
                    return;
                }
                probes.addAndGet(head.startsWith("GET /version ") ? 1 : 0);
                write(out, response(head.startsWith("GET /members ") ? members : "{\"etcdserver\":\"3.4.23\"}"));
                continue;
            }
            Fault now = takeFault();
            countRequest();
            byte[] response = response(name);
            switch (now) {
                case NONE -> write(out, response);
                case HEAD_CUT -> {
                    write(out, ascii("HTTP/1.1 200 O"));
                    return;
                }
                case BODY_CUT -> {
                    write(out, ascii("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"));
                    return;
                }
                case GARBAGE -> {
                    write(out, ascii("lorem ipsum dolor sit amet\r\n\r\n"));
                    return;
                }
                case STALL -> {
                    swallow(in);
                    return;
                }
                case SLOW -> {
                    awaitGoOn();
                    write(out, response);
                }
                case CHALLENGE_THEN_STALL -> {
                    write(out, ascii("HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"));
                }
                case REDIRECT_THEN_STALL -> {
                    write(out, ascii("HTTP/1.1 307 No\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"));
                }
                case UNAVAILABLE_THEN_STALL -> {
                    write(out, ascii("HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nbe"));
                    swallow(in);
                    return;
                }
                case BODY_THEN_STALL -> {
                    write(out, ascii("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"));
                    write(out, new byte[1 << 20]);
                    swallow(in);
                    return;
                }
                case FLOW -> {
                    write(out, ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
                    while (!goOn.await(50, TimeUnit.MILLISECONDS)) {
                        write(out, ascii("5\r\nevent\r\n"));
                    }
                    write(out, ascii("0\r\n\r\n"));
                }
                case WATCH -> {
                    write(out, ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
                    awaitGoOn();
                    write(out, ascii("5\r\nevent\r\n0\r\n\r\n"));
                    answered.countDown();
                }
                case RESET -> {
                    connection.setSoLinger(true, 0);
                    return;
                }
                default -> {
                    return;
                }
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void swallow(InputStream in) throws IOException {
        in.transferTo(OutputStream.nullOutputStream());
    }

    private static byte[] response(String body) {
        return ("HTTP/1.1 200 OK\r\nX-Etcd-Cluster-Id: 1f\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static void write(OutputStream out, byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Everything up to the empty line; empty at the end of the stream. */
    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int c = in.read(); c >= 0; c = in.read()) {
            head.append((char) c);
            if (head.length() >= 4 && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                return head.toString();
            }
        }
        return "";
    }

    private static int contentLength(String head) {
        for (String line : head.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return Integer.parseInt(line.substring(15).trim());
            }
        }
        return 0;
    }

    private void serveHttp2(Socket connection, DataInputStream in) throws IOException {
        OutputStream out = connection.getOutputStream();
        in.readNBytes(PREFACE.length);
        write(out, frame(SETTINGS, 0, 0));
        Set<Integer> refused = new HashSet<>();
        while (true) {
            int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & 0x7fffffff;
            byte[] payload = in.readNBytes(length);
            if (isGone()) {
                return;
            }
            if (fault == Fault.STALL) {
                if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
                    countRequest();
                }
                continue;
            }
            if (type == SETTINGS && (flags & ACK) == 0) {
                write(out, frame(SETTINGS, ACK, 0));
            } else if (type == PING && (flags & ACK) == 0) {
                write(out, frame(PING, ACK, 0, payload));
            } else if (type == HEADERS && fault == Fault.ACCEPT_CLOSE) {
                return;
            } else if (type == HEADERS && fault == Fault.GOAWAY) {
                refused.add(stream);
                write(out, frame(GOAWAY, 0, 0, new byte[8])); // the last stream that is processed: none
                takeFault();
            } else if (type == HEADERS && fault == Fault.REFUSED_STREAM) {
                refused.add(stream);
                write(out, frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, REFUSED_STREAM}));
                takeFault();
            } else if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0 && !refused.contains(stream)) {
                if (!answerHttp2(connection, out, stream)) {
                    return;
                }
            }
        }
    }

    /** Returns whether the connection stays open. */
    private boolean answerHttp2(Socket connection, OutputStream out, int stream) throws IOException {
        Fault now = takeFault();
        countRequest();
        byte[] body = name.getBytes(StandardCharsets.US_ASCII);
        switch (now) {
            case NONE -> {
                write(out, frame(HEADERS, END_HEADERS, stream, headers(body.length)));
                write(out, frame(DATA, END_STREAM, stream, body));
                return true;
            }
            case SLOW -> {
                answerLater(() -> {
                    write(out, frame(HEADERS, END_HEADERS, stream, headers(body.length)));
                    write(out, frame(DATA, END_STREAM, stream, body));
                });
                return true;
            }
            case WATCH -> {
                write(out, frame(HEADERS, END_HEADERS, stream, (byte) 0x88));
                answerLater(() -> write(out, frame(DATA, END_STREAM, stream, ascii("event"))));
                return true;
            }
            case HEAD_CUT -> {
                byte[] frame = frame(HEADERS, END_HEADERS, stream, headers(100));
                out.write(frame, 0, frame.length / 2);
                out.flush();
            }
            case BODY_CUT -> {
                write(out, frame(HEADERS, END_HEADERS, stream, headers(100)));
                write(out, frame(DATA, 0, stream, ascii("0123456789")));
            }
            case GARBAGE -> write(out, ascii("lorem ipsum dolor sit amet"));
            case RESET -> connection.setSoLinger(true, 0);
            default -> {}
        }
        return false;
    }

    /** An answer that is written while further frames are read. */
    @FunctionalInterface
    private interface Answer {
        void write() throws IOException;
    }

    private void answerLater(Answer answer) {
        daemon("answer", () -> {
                    awaitGoOn();
                    try {
                        answer.write();
                    } catch (IOException e) {
                        // The other side has gone.
                    }
                })
                .start();
    }

    /** {@code :status 200} from HPACK's static table, and a content-length without indexing (RFC 7541). */
    private static byte[] headers(int contentLength) {
        byte[] value = Integer.toString(contentLength).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        headers.write(0x88);
        headers.write(0x0f);
        headers.write(0x0d);
        headers.write(value.length);
        headers.writeBytes(value);
        return headers.toByteArray();
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
        closed.countDown();
        goOn.countDown();
        for (Socket filler : fillers) {
            filler.close();
        }
    }
}
