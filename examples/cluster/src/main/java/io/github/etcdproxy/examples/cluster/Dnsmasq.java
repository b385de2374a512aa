package io.github.etcdproxy.examples.cluster;

import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** A real nameserver, authoritative for the domain {@code test}. Not thread safe. */
public final class Dnsmasq implements AutoCloseable {
    private final int port;
    private @Nullable Process process;

    private Dnsmasq(int port) {
        this.port = port;
    }

    /**
     * Starts a nameserver, or skips the test if there is no dnsmasq and none is required.
     *
     * @param records each an option of dnsmasq's without the dashes
     * @return a running nameserver
     * @throws Exception if it can't be started
     */
    public static Dnsmasq start(String... records) throws Exception {
        Dnsmasq dnsmasq = prepare();
        dnsmasq.run(records);
        return dnsmasq;
    }

    /**
     * Creates a nameserver on a free port without starting it.
     *
     * @return a nameserver to {@link #run}
     * @throws IOException if there is no port
     */
    public static Dnsmasq prepare() throws IOException {
        program();
        while (true) {
            try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
                return new Dnsmasq(udp.getLocalPort());
            } catch (BindException e) {
                // The port is free for one protocol only.
            }
        }
    }

    private static Path program() {
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
        return Stream.of(path.split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, "dnsmasq"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> {
                    String why = "no dnsmasq on the PATH: install the package dnsmasq-base to run this test";
                    System.err.println("SKIPPED OR FAILED: " + why);
                    return Boolean.getBoolean("etcd.required")
                            ? new IllegalStateException(why)
                            : new TestAbortedException(why);
                });
    }

    /**
     * The address at which it listens.
     *
     * @return an address on loopback
     */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /**
     * Runs it with other records.
     *
     * @param records each an option of dnsmasq's without the dashes
     * @throws Exception if it can't be started
     */
    public void run(String... records) throws Exception {
        close();
        List<String> command = new ArrayList<>(List.of(
                program().toString(),
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--port=" + port,
                "--listen-address=127.0.0.1",
                "--bind-interfaces",
                "--no-resolv",
                "--no-hosts",
                "--pid-file=",
                "--user=",
                "--local=/test/"));
        Stream.of(records).map(record -> "--" + record).forEach(command::add);
        Process started = new ProcessBuilder(command).redirectErrorStream(true).start();
        process = started;
        while (!accepts()) {
            if (started.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("dnsmasq has ended: "
                        + new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(address(), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
    }
}
