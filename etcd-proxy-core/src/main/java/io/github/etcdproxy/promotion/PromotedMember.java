package io.github.etcdproxy.promotion;

import io.github.etcdproxy.internal.flags.EtcdVariable;
import io.github.etcdproxy.net.EtcdUrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A member that has been added to a cluster and must be started now. A cluster that had one member has no quorum until
 * then: writes fail, and the addition can't be undone. Immutable.
 *
 * @since 0.1
 */
public final class PromotedMember {
    private final String name;
    private final List<EtcdUrl> peerUrls;
    private final List<EtcdUrl> clientUrls;
    private final String initialCluster;
    private final Optional<Path> dataDir;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param name the name
     * @param peerUrls the peer URLs; unmodifiable
     * @param clientUrls the client URLs; unmodifiable
     * @param initialCluster the value of {@code --initial-cluster}
     * @param dataDir the directory; empty if it had none
     */
    public PromotedMember(
            String name,
            List<EtcdUrl> peerUrls,
            List<EtcdUrl> clientUrls,
            String initialCluster,
            Optional<Path> dataDir) {
        this.name = name;
        this.peerUrls = List.copyOf(peerUrls);
        this.clientUrls = List.copyOf(clientUrls);
        this.initialCluster = initialCluster;
        this.dataDir = dataDir;
    }

    /**
     * The member's name.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Where the other members reach it.
     *
     * @return the peer URLs; unmodifiable
     */
    public List<EtcdUrl> peerUrls() {
        return peerUrls;
    }

    /**
     * Where clients are to reach it.
     *
     * @return the client URLs; unmodifiable
     */
    public List<EtcdUrl> clientUrls() {
        return clientUrls;
    }

    /**
     * All members, this one included.
     *
     * @return the value of {@code --initial-cluster}
     */
    public String initialCluster() {
        return initialCluster;
    }

    /**
     * The proxy's data directory.
     *
     * @return the directory; empty if it had none
     */
    public Optional<Path> dataDir() {
        return dataDir;
    }

    /**
     * The environment that {@code etcdctl member add} prints.
     *
     * @return {@code ETCD_NAME}, {@code ETCD_INITIAL_CLUSTER} and {@code ETCD_INITIAL_CLUSTER_STATE}
     */
    public Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put(EtcdVariable.of("name"), name);
        environment.put(EtcdVariable.of("initial-cluster"), initialCluster);
        environment.put(EtcdVariable.of("initial-cluster-state"), "existing");
        return environment;
    }

    /**
     * The command that starts the member, without the environment. With https URLs, add the flags that name its
     * certificates.
     *
     * @return the program and its arguments, as {@link ProcessBuilder} expects them
     */
    public List<String> commandLine() {
        List<String> command = new ArrayList<>(List.of(
                "etcd",
                "--name",
                name,
                "--initial-cluster",
                initialCluster,
                "--initial-cluster-state",
                "existing",
                "--initial-advertise-peer-urls",
                joined(peerUrls),
                "--listen-peer-urls",
                joined(listening(peerUrls)),
                "--advertise-client-urls",
                joined(clientUrls),
                "--listen-client-urls",
                joined(listening(clientUrls))));
        dataDir.ifPresent(path -> command.addAll(List.of("--data-dir", path.toString())));
        return command;
    }

    private static String joined(List<EtcdUrl> urls) {
        return urls.stream().map(EtcdUrl::toString).collect(Collectors.joining(","));
    }

    /** etcd listens at addresses, not at names. */
    private static List<EtcdUrl> listening(List<EtcdUrl> urls) {
        return urls.stream()
                .map(url -> url.hasNumericHost() ? url : new EtcdUrl(url.scheme(), "0.0.0.0", url.port()))
                .distinct()
                .toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PromotedMember that
                && name.equals(that.name)
                && peerUrls.equals(that.peerUrls)
                && clientUrls.equals(that.clientUrls)
                && initialCluster.equals(that.initialCluster)
                && dataDir.equals(that.dataDir);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, peerUrls, clientUrls, initialCluster, dataDir);
    }

    @Override
    public String toString() {
        return "PromotedMember[" + name + ", " + peerUrls + ", " + clientUrls + ", " + initialCluster + ", " + dataDir
                + "]";
    }
}
