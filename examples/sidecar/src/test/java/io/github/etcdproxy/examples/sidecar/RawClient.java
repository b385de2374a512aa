package io.github.etcdproxy.examples.sidecar;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Sends raw bytes and parses HTTP/1.1 responses. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        socket = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .socket();
        socket.setSoTimeout(20_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /**
     * A response.
     *
     * @param head the status line and the headers
     * @param body decoded
     */
    record Reply(List<String> head, String body) {
        int status() {
            return Integer.parseInt(head.get(0).split(" ", -1)[1]);
        }

        /** The values of all headers of that name. */
        List<String> headers(String name) {
            return head.stream()
                    .skip(1)
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .toList();
        }
    }

    /** Sends one request on a connection of its own, and reads the response. */
    static Reply ask(int port, String request) throws IOException {
        try (RawClient client = new RawClient(port)) {
            client.send(request);
            return client.read(request.startsWith("HEAD "));
        }
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return this;
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Sends what the other side accepts at once, if it is still connected. */
    void sendWhatIsTaken(byte[] bytes) {
        try {
            socket.getChannel().configureBlocking(false);
            int unused = socket.getChannel().write(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            // It has been refused.
        }
    }

    /** Whether the other side has closed; to be asked after {@link #sendWhatIsTaken}. */
    boolean isGone() {
        try {
            return socket.getChannel().read(ByteBuffer.allocate(1024)) < 0;
        } catch (IOException e) {
            return true; // reset
        }
    }

    /** Sends until nothing is accepted for a second; returns how much was accepted. */
    int sendWhileTaken(byte[] bytes) throws IOException {
        SocketChannel channel = socket.getChannel();
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        channel.configureBlocking(false);
        try (Selector writable = Selector.open()) {
            channel.register(writable, SelectionKey.OP_WRITE);
            while (rest.hasRemaining() && writable.select(1000) > 0) {
                writable.selectedKeys().clear();
                int unused = channel.write(rest);
            }
        }
        channel.configureBlocking(true);
        return rest.position();
    }

    /** Half-closes the connection, like a client that has disconnected or has nothing more to send. */
    void endSending() throws IOException {
        socket.shutdownOutput();
    }

    Reply read() throws IOException {
        return read(false);
    }

    Reply read(boolean head) throws IOException {
        Reply reply = readHead();
        boolean none = head || reply.status() == 204 || reply.status() == 304 || reply.status() < 200;
        return new Reply(reply.head(), none ? "" : readBody(reply));
    }

    Reply readHead() throws IOException {
        List<String> head = new ArrayList<>();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            head.add(line);
        }
        return new Reply(head, "");
    }

    private String readBody(Reply reply) throws IOException {
        if (reply.headers("Transfer-Encoding").contains("chunked")) {
            StringBuilder body = new StringBuilder();
            for (String chunk = readChunk(); !chunk.isEmpty(); chunk = readChunk()) {
                body.append(chunk);
            }
            return body.toString();
        }
        List<String> length = reply.headers("Content-Length");
        byte[] body = length.isEmpty() ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length.get(0)));
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The next chunk; empty for the last. Jetty sends a chunk's end with the next one, as it may. */
    String readChunk() throws IOException {
        String line = readLine();
        int size = Integer.parseInt(line.isEmpty() ? readLine() : line, 16);
        String chunk = new String(in.readNBytes(size), StandardCharsets.UTF_8);
        if (size == 0) {
            readLine();
        }
        return chunk;
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended behind \"" + line + "\"");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    /** Whether the other side has closed, and sent no more. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
