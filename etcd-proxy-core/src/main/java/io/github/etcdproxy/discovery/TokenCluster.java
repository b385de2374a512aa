package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.discovery.TokenRegistry.Node;
import io.github.etcdproxy.discovery.TokenRegistry.Registered;
import io.github.etcdproxy.net.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The cluster that registers under a token: the first so many as its size says. */
final class TokenCluster {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final TokenRegistry registry;
    private final String name;
    private final DiscoveryContext context;

    TokenCluster(TokenRegistry registry, String name, DiscoveryContext context) {
        this.registry = registry;
        this.name = name;
        this.context = context;
    }

    /** Waits until the cluster is complete. */
    InitialCluster complete() throws IOException, InterruptedException {
        return complete(registry.size(), registry.registered());
    }

    private InitialCluster complete(long size, Registered start) throws IOException, InterruptedException {
        Registered registered = start;
        while (registered.nodes().size() < size) {
            context.waitingFor().accept(progress(registered.nodes(), size));
            registered = afterChange(registered);
        }
        return cluster(registered.nodes().subList(0, (int) size));
    }

    /** Goes on where a wait was cut or given up, after a pause: a service that does so at once must not be stormed. */
    private Registered afterChange(Registered before) throws IOException, InterruptedException {
        try {
            Optional<Registered> after = registry.awaitChange(before);
            if (after.isPresent()) {
                return after.get();
            }
            context.sleeper().sleep(PAUSE);
            return before;
        } catch (DiscoveryException e) {
            if (e.problem() != Problem.UNAVAILABLE) {
                throw e;
            }
            context.sleeper().sleep(PAUSE);
            return registry.registered();
        }
    }

    private String progress(List<Node> nodes, long size) {
        String names = nodes.stream()
                .map(node -> node.value().replaceFirst("=.*", ""))
                .collect(Collectors.joining(", ", " (", ")"));
        return name + ": " + nodes.size() + " of " + size + " members have registered"
                + (nodes.isEmpty() ? "" : Reason.line(names));
    }

    private InitialCluster cluster(List<Node> nodes) throws DiscoveryException {
        String values = nodes.stream().map(Node::value).collect(Collectors.joining(","));
        InitialCluster cluster;
        try {
            cluster = InitialCluster.parse(values);
        } catch (IllegalArgumentException e) {
            throw new DiscoveryException(
                    Problem.BAD_VALUE,
                    name + ": a member has registered with a value that can't be read: "
                            + Reason.of(e).replaceFirst("^initial-cluster: ", "") + "; take another token",
                    e);
        }
        if (cluster.peerUrls().size() != nodes.size()) {
            throw new DiscoveryException(
                    Problem.DUPLICATE_NAME,
                    name + ": the " + nodes.size() + " members have registered with "
                            + cluster.peerUrls().size() + " different names, " + Reason.line(values)
                            + ": start each with a --name of its own, with another token",
                    null);
        }
        return cluster;
    }

    /**
     * Registers a member and waits until the cluster is complete. Doing so again with the same values does no harm.
     *
     * @throws DiscoveryException if others have taken all places, or the id with another value
     */
    InitialCluster join(String id, String value) throws IOException, InterruptedException {
        long size = registry.size();
        requirePlace(registry.registered(), size, id);
        boolean created = registry.create(id, value);
        Registered registered = registry.registered();
        requirePlace(registered, size, id);
        List<Node> own =
                registered.nodes().stream().filter(node -> node.id().equals(id)).toList();
        if (!created && !own.isEmpty() && !own.get(0).value().equals(value)) {
            throw new DiscoveryException(
                    Problem.DUPLICATE_ID,
                    name + ": a member with the same peer URLs has registered as "
                            + Reason.line(own.get(0).value()) + ": give this one peer URLs of its own",
                    null);
        }
        return complete(size, registered);
    }

    /** As {@code checkCluster}: a place is had by the first so many, unless one registers again that has one. */
    private void requirePlace(Registered registered, long size, String id) throws DiscoveryException {
        List<Node> nodes = registered.nodes();
        boolean has = nodes.stream().limit(size).anyMatch(node -> node.id().equals(id));
        if (!has && nodes.size() >= size) {
            throw new DiscoveryException(
                    Problem.FULL,
                    name + ": the cluster is full: " + size + " of " + size
                            + " members have registered; let this node be"
                            + " a proxy, or take a token of a larger size",
                    null);
        }
    }
}
