package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.examples.cluster.Freezing;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process that relays TCP connections, so that it can be killed and frozen. */
final class RelayProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    private RelayProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts a relay to a port of this machine. */
    static RelayProcess to(int target) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx16m",
                        "-cp",
                        Path.of("target", "test-classes").toString(),
                        RelayProcess.class.getName(),
                        Integer.toString(target))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the relay ended before it listened");
        }
        return new RelayProcess(process, Integer.parseInt(line));
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Sends SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Sends SIGSTOP: the operating system keeps accepting connections and bytes, which the process does not read. */
    void freeze() {
        Freezing.freeze(process);
    }

    /** Sends SIGCONT. */
    void thaw() {
        Freezing.thaw(process);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The relay's own code. */
    public static void main(String[] args) throws IOException {
        int target = Integer.parseInt(args[0]);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            System.out.println(server.getLocalPort());
            while (true) {
                Socket client = server.accept();
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
                pump(client, upstream);
                pump(upstream, client);
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        Thread thread = new Thread(() -> {
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                in.transferTo(out);
            } catch (IOException e) {
                // One side has closed; close the other too.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
