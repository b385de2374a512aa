package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One real {@code etcd} process. Not thread safe. */
public final class EtcdProcess implements EtcdMember {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final EtcdBinary binary;
    private final String name;
    private final Path directory;
    private final String peerUrl;
    private final UnaryOperator<String> advertising;
    private final List<String> clusterFlags;
    private String clientUrl;
    private @Nullable Process process;

    EtcdProcess(
            EtcdBinary binary,
            String name,
            Path directory,
            String peerUrl,
            String clientUrl,
            UnaryOperator<String> advertising,
            List<String> clusterFlags) {
        this.binary = binary;
        this.name = name;
        this.directory = directory;
        this.peerUrl = peerUrl;
        this.clientUrl = clientUrl;
        this.advertising = advertising;
        this.clusterFlags = clusterFlags;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String peerUrl() {
        return peerUrl;
    }

    @Override
    public String clientUrl() {
        return clientUrl;
    }

    /**
     * The client URL that the member advertises.
     *
     * @return the client URL, unless the cluster was started to advertise others
     */
    public String advertisedUrl() {
        return advertising.apply(clientUrl);
    }

    /** Starts the process without waiting for it. */
    public void launch() {
        List<String> command = new ArrayList<>(List.of(
                binary.path().toString(),
                "--name",
                name,
                "--data-dir",
                directory.resolve("data").toString(),
                "--listen-client-urls",
                clientUrl,
                "--advertise-client-urls",
                advertisedUrl(),
                "--listen-peer-urls",
                peerUrl,
                "--initial-advertise-peer-urls",
                peerUrl));
        command.addAll(clusterFlags);
        if (binary.canEnableV2()) {
            command.add("--enable-v2");
        }
        try {
            Files.createDirectories(directory);
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(binary.path() + " can't be started", e);
        }
    }

    private Path log() {
        return directory.resolve("etcd.log");
    }

    /**
     * Whether the process has ended by itself, as it does when another program took one of its ports, or when a
     * discovery service does not answer within 5 s.
     *
     * @return true if it has
     */
    public boolean hasDied() {
        return process != null && !process.isAlive();
    }

    /**
     * Waits until etcd listens at the client URL. It does so before it has found the others and answers calls once it
     * has joined them, for which see {@link ProcessCluster#launch} and {@link ProcessCluster#awaitHealthy}.
     *
     * @return false if the process died first
     */
    public boolean awaitListening() {
        URI url = URI.create(clientUrl);
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!accepts(url)) {
            if (hasDied()) {
                return false;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(name + " does not listen after " + START_TIMEOUT + ": " + lastOutput());
            }
            pause();
        }
        return true;
    }

    private static boolean accepts(URI url) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Waits for a moment, or until the process ends. */
    void pause() {
        try {
            if (process != null && process.waitFor(20, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    /**
     * The last output of the process.
     *
     * @return some lines
     */
    public String lastOutput() {
        try {
            List<String> lines = Files.readAllLines(log());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            return "its output can't be read: " + e;
        }
    }

    /** Sends SIGKILL and waits for the end. */
    @Override
    public void kill() {
        if (process != null) {
            process.destroyForcibly();
            awaitEnd(process);
        }
    }

    /** Sends SIGTERM, on which etcd shuts down in order, and waits for the end. */
    public void stop() {
        if (process != null) {
            process.destroy();
            awaitEnd(process);
        }
    }

    private void awaitEnd(Process ending) {
        try {
            ending.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process = null; // it was stopped
    }

    /** Sends SIGSTOP: the operating system keeps accepting connections and bytes, which the process does not read. */
    public void freeze() {
        if (process != null) {
            Freezing.freeze(process);
        }
    }

    /** Sends SIGCONT. */
    public void thaw() {
        if (process != null) {
            Freezing.thaw(process);
        }
    }

    @Override
    public void restart() {
        // An outgoing connection may use the port for a moment.
        for (int tries = 0; tries < 20; tries++) {
            launch();
            if (awaitListening()) {
                return;
            }
        }
        throw new IllegalStateException(name + " can't be restarted: " + lastOutput());
    }

    /**
     * Restarts the member at another client URL, which it then advertises.
     *
     * @return the new client URL
     */
    public String moveClientUrl() {
        kill();
        clientUrl = "http://127.0.0.1:" + Ports.free(1).get(0);
        restart();
        return clientUrl;
    }
}
