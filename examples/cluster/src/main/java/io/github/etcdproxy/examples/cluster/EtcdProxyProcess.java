package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The original, {@code etcd --proxy}, as a process for comparison. Up to etcd 3.5. */
public final class EtcdProxyProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final Process process;
    private final Path directory;
    private final int port;

    private EtcdProxyProcess(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /**
     * Starts a proxy and waits until it listens.
     *
     * @param binary the program
     * @param initialCluster the peers, as {@code --initial-cluster} has them
     * @param mode {@code on} or {@code readonly}
     * @return a proxy that listens
     */
    public static EtcdProxyProcess start(EtcdBinary binary, String initialCluster, String mode) {
        return start(binary, mode, List.of("--initial-cluster", initialCluster));
    }

    /**
     * Starts a proxy and waits until it listens, which it does when it has found the peers.
     *
     * @param binary the program
     * @param mode {@code on} or {@code readonly}
     * @param flags the flags that name the peers, and any others
     * @return a proxy that listens
     * @throws IllegalStateException if it does not start; the message has its output
     */
    public static EtcdProxyProcess start(EtcdBinary binary, String mode, List<String> flags) {
        String output = "";
        for (int tries = 0; tries < 5; tries++) {
            EtcdProxyProcess proxy = launch(binary, mode, flags);
            if (proxy.awaitListening()) {
                return proxy;
            }
            output = proxy.output();
            boolean died = !proxy.process.isAlive(); // another program took the port
            proxy.close();
            if (!died) {
                break;
            }
        }
        throw new IllegalStateException(binary.path() + " --proxy " + mode + " does not start: " + output);
    }

    private static EtcdProxyProcess launch(EtcdBinary binary, String mode, List<String> flags) {
        try {
            Path directory = Files.createTempDirectory("etcd-proxy-original");
            int port = Ports.free(1).get(0);
            List<String> command = new ArrayList<>(List.of(
                    binary.path().toString(),
                    "--proxy",
                    mode,
                    "--data-dir",
                    directory.resolve("data").toString(),
                    "--listen-client-urls",
                    "http://127.0.0.1:" + port));
            command.addAll(flags);
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log(directory).toFile())
                    .start();
            return new EtcdProxyProcess(process, directory, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path log(Path directory) {
        return directory.resolve("etcd.log");
    }

    private String output() {
        try {
            return Files.readString(log(directory));
        } catch (IOException e) {
            return "its output can't be read: " + e;
        }
    }

    private boolean awaitListening() {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() - deadline < 0) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return process.isAlive();
            } catch (IOException e) {
                if (hasEndedWithin(20)) {
                    return false;
                }
            }
        }
        return false;
    }

    private boolean hasEndedWithin(long millis) {
        try {
            return process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /**
     * Where it listens.
     *
     * @return an http URL
     */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        hasEndedWithin(10_000);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("its data can't be removed from " + directory, e);
        }
    }
}
