package io.github.etcdproxy.promotion;

import io.github.etcdproxy.net.EtcdUrl;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A member that has been added to a cluster and must be started now. A cluster that had one member has no quorum until
 * then: writes fail, and the addition can't be undone.
 *
 * @param name its name
 * @param peerUrls where the other members reach it
 * @param clientUrls where clients are to reach it
 * @param initialCluster all members by name, including this one
 * @param dataDir the proxy's data directory; empty if it had none
 */
public record PromotedMember(
        String name, List<EtcdUrl> peerUrls, List<EtcdUrl> clientUrls, String initialCluster, Optional<Path> dataDir) {

    /** Copies the lists. */
    public PromotedMember {
        peerUrls = List.copyOf(peerUrls);
        clientUrls = List.copyOf(clientUrls);
    }

    /**
     * The environment that {@code etcdctl member add} prints.
     *
     * @return {@code ETCD_NAME}, {@code ETCD_INITIAL_CLUSTER} and {@code ETCD_INITIAL_CLUSTER_STATE}
     */
    public Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("ETCD_NAME", name);
        environment.put("ETCD_INITIAL_CLUSTER", initialCluster);
        environment.put("ETCD_INITIAL_CLUSTER_STATE", "existing");
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
                .map(url -> url.isAddress() ? url : new EtcdUrl(url.scheme(), "0.0.0.0", url.port()))
                .distinct()
                .toList();
    }
}
