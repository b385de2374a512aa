package io.github.etcdproxy.registry;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.VirtualTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Peers and members that answer a registry as a test says, and the clock by which all of it runs. */
final class ScriptedPeers {
    static final EtcdUrl A = EtcdUrl.of("http://a:2379");
    static final EtcdUrl B = EtcdUrl.of("http://b:2379");
    static final EtcdUrl C = EtcdUrl.of("http://c:2379");
    static final Duration SECOND = Duration.ofSeconds(1);

    final VirtualTime time = new VirtualTime();

    /** All URLs to which a request was sent. */
    final List<String> asked = new ArrayList<>();

    final MemberProbe probe = new MemberProbe(this::send, SECOND);

    /** Hosts and ports at which nobody answers. */
    final Set<String> dead = new HashSet<>();

    /** Hosts and ports for which the transport throws what it should not. */
    final Set<String> throwing = new HashSet<>();

    /** What is answered, and with which status and cluster id, unless a host has its own. */
    String members = members("a", "b", "c");

    int status = 200;
    String clusterId = "1f";
    final Map<String, String> clusterIds = new HashMap<>();
    final Map<String, String> membersOf = new HashMap<>();

    /** Run while a peer is about to answer. */
    Runnable duringMembers = () -> {};

    /** Members whose peer and client ports have the given host names. */
    static String members(String... hosts) {
        return Stream.of(hosts)
                .map(host -> "{\"id\":" + host.hashCode() + ",\"peerURLs\":[\"http://" + host + ":2380\"],\"name\":\""
                        + host + "\",\"clientURLs\":[\"http://" + host + ":2379\"]}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** The transport. */
    PeerResponse send(PeerRequest request) throws IOException {
        asked.add(request.uri().toString());
        if (request.uri().getPath().equals("/members")) {
            duringMembers.run();
        }
        if (throwing.contains(request.uri().getAuthority())) {
            throw new IllegalStateException("a bug in a part that the user gave");
        }
        if (dead.contains(request.uri().getAuthority())) {
            throw new IOException("refused");
        }
        return new PeerResponse(
                status,
                Map.of(
                        "x-etcd-cluster-id",
                        clusterIds.getOrDefault(request.uri().getHost(), clusterId)),
                new ByteArrayInputStream(
                        membersOf.getOrDefault(request.uri().getHost(), members).getBytes(StandardCharsets.UTF_8)));
    }

    /** A registry that has made its first refresh. */
    ClientUrlRegistry start(PeerDiscovery discovery) {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .discovery(discovery)
                .build();
        ClientUrlRegistry registry = ClientUrlRegistry.start(options, this::send, time.tasks());
        time.advance(Duration.ZERO);
        return registry;
    }

    ClientUrlRegistry start() {
        return start(PeerDiscovery.initialCluster("x=http://x:2380,a=http://a:2380"));
    }

    /** How often peers have been asked for the members. */
    long refreshes() {
        return asked.stream().filter(uri -> uri.endsWith("/members")).count();
    }

    /** How often members have been probed. */
    long probes() {
        return asked.stream().filter(uri -> uri.endsWith("/version")).count();
    }
}
