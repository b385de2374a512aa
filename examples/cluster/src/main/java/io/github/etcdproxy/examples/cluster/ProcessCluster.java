package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Members that are real {@code etcd} processes, with their data in a temporary folder. Not thread safe. */
public final class ProcessCluster implements EtcdCluster {
    private static final String TOKEN = "etcd-cluster-1";

    private final EtcdBinary binary;
    private final UnaryOperator<String> advertising;
    private final Path directory;
    private final List<EtcdProcess> members = new ArrayList<>();
    private int added;
    private final Thread killAtExit = new Thread(this::killAll);
    private final @Nullable ClusterTls tls;
    private final MemberRequests requests;

    private ProcessCluster(EtcdBinary binary, UnaryOperator<String> advertising, @Nullable ClusterTls tls) {
        this.binary = binary;
        this.advertising = advertising;
        this.tls = tls;
        this.requests = new MemberRequests(members, tls);
        try {
            directory = Files.createTempDirectory("etcd-proxy-cluster");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(killAtExit);
    }

    /**
     * Starts members and waits until all of them serve and have published their client URLs.
     *
     * @param binary the program
     * @param size how many
     * @return a healthy cluster
     */
    public static ProcessCluster start(EtcdBinary binary, int size) {
        return start(binary, size, clientUrl -> clientUrl);
    }

    /**
     * Starts members that advertise other client URLs than those at which they listen.
     *
     * @param binary the program
     * @param size how many
     * @param advertising gives, for the URL at which a member listens, the one that it advertises: for example that of
     *     a link to it
     * @return a healthy cluster
     */
    public static ProcessCluster start(EtcdBinary binary, int size, UnaryOperator<String> advertising) {
        return start(new ProcessCluster(binary, advertising, null), size);
    }

    /**
     * Starts members that are reached over https, with certificates for clients and others for peers.
     *
     * @param binary the program
     * @param size how many
     * @param tls the certificates
     * @return a healthy cluster
     */
    public static ProcessCluster start(EtcdBinary binary, int size, ClusterTls tls) {
        return start(new ProcessCluster(binary, clientUrl -> clientUrl, tls), size);
    }

    private static ProcessCluster start(ProcessCluster cluster, int size) {
        try {
            for (int tries = 0; tries < 5; tries++) {
                if (cluster.tryStart(size)) {
                    return cluster;
                }
                cluster.killAll();
            }
            throw new IllegalStateException("etcd does not start: "
                    + cluster.members.stream().map(EtcdProcess::lastOutput).collect(Collectors.joining("\n")));
        } catch (RuntimeException e) {
            cluster.close(); // leave no process behind
            throw e;
        }
    }

    /**
     * A cluster that has no members yet.
     *
     * @param binary the program
     * @return a cluster for {@link #prepare}
     */
    public static ProcessCluster empty(EtcdBinary binary) {
        return new ProcessCluster(binary, clientUrl -> clientUrl, null);
    }

    /**
     * Adds a member without starting it. Its flags say how it finds the others.
     *
     * @param name its name
     * @param flags returns, for its peer URL, the further flags to start it with
     * @return a member to be launched
     */
    public EtcdProcess prepare(String name, Function<String, List<String>> flags) {
        List<Integer> ports = Ports.free(2);
        String peerUrl = scheme() + "127.0.0.1:" + ports.get(0);
        EtcdProcess member = new EtcdProcess(
                binary,
                name,
                directory.resolve(name),
                peerUrl,
                scheme() + "127.0.0.1:" + ports.get(1),
                advertising,
                flags.apply(peerUrl));
        members.add(member);
        return member;
    }

    /** False if a process died, as it does when another program took one of its ports. */
    private boolean tryStart(int size) {
        List<Integer> ports = Ports.free(2 * size);
        List<String> peerUrls = IntStream.range(0, size)
                .mapToObj(i -> scheme() + "127.0.0.1:" + ports.get(i))
                .toList();
        String initialCluster = IntStream.range(0, size)
                .mapToObj(i -> "infra" + i + "=" + peerUrls.get(i))
                .collect(Collectors.joining(","));
        members.clear();
        for (int i = 0; i < size; i++) {
            members.add(new EtcdProcess(
                    binary,
                    "infra" + i,
                    directory.resolve("infra" + i + "-" + ports.get(i)),
                    peerUrls.get(i),
                    scheme() + "127.0.0.1:" + ports.get(size + i),
                    advertising,
                    clusterFlags(initialCluster, "new")));
        }
        return launch();
    }

    /**
     * Starts the members that were prepared, and waits until all of them serve and have published their client URLs.
     *
     * @return false if a process died, as it does when another program took one of its ports, or when it can't register
     *     with a discovery service within 5 s; its ports and its token can't be used again
     */
    public boolean launch() {
        members.forEach(EtcdProcess::launch);
        return members.stream().allMatch(EtcdProcess::awaitListening) && requests.awaitPublished();
    }

    private List<String> clusterFlags(String initialCluster, String state) {
        List<String> flags = new ArrayList<>(List.of(
                "--initial-cluster-token",
                TOKEN,
                "--initial-cluster",
                initialCluster,
                "--initial-cluster-state",
                state));
        if (tls != null) {
            flags.addAll(tls.memberFlags(directory));
        }
        return flags;
    }

    private String scheme() {
        return tls == null ? "http://" : "https://";
    }

    @Override
    public List<EtcdProcess> members() {
        return members;
    }

    /**
     * Adds a member and waits until it serves and has published its client URL.
     *
     * @return the new member
     */
    public EtcdProcess addMember() {
        String name = "infra" + members.size() + "-"
                + ++added; // unique, so that the folder of a removed member is not reused
        EtcdProcess member = prepare(name, peerUrl -> {
            requests.add(peerUrl);
            return clusterFlags(initialCluster() + "," + name + "=" + peerUrl, "existing");
        });
        member.restart();
        if (!requests.awaitPublished()) {
            throw new IllegalStateException(name + " has joined, and then a member died: " + member.lastOutput());
        }
        return member;
    }

    /**
     * Removes a member from the cluster, on which its process ends.
     *
     * @param member one of the members
     */
    public void removeMember(EtcdProcess member) {
        requests.remove(member);
        members.remove(member);
        member.kill();
    }

    /** Waits until every member knows a leader and takes part, which takes a while after one was killed or frozen. */
    public void awaitHealthy() {
        members.forEach(requests::awaitLinearizableRead);
    }

    private void killAll() {
        members.forEach(EtcdProcess::kill);
    }

    @Override
    public void close() {
        killAll();
        try {
            Runtime.getRuntime().removeShutdownHook(killAtExit);
        } catch (IllegalStateException e) {
            // The JVM is shutting down, and the hook does the same.
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the members' data can't be removed from " + directory, e);
        }
    }
}
