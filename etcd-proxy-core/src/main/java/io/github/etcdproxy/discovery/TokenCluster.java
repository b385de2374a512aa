package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.discovery.RegistrationStore.Node;
import io.github.etcdproxy.discovery.RegistrationStore.Registered;
import io.github.etcdproxy.internal.backoff.Backoff;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.ShortList;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The cluster that registers under a token: as many nodes as its size, in order of registration. */
final class TokenCluster {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Backoff BACKOFF = new Backoff(PAUSE, Duration.ofSeconds(10));

    private final RegistrationStore registry;
    private final String name;
    private final DiscoveryContext context;

    TokenCluster(RegistrationStore registry, String name, DiscoveryContext context) {
        this.registry = registry;
        this.name = name;
        this.context = context;
    }

    /** Waits until the cluster is complete. Fails if the service is unavailable. */
    InitialCluster complete() throws IOException, InterruptedException {
        long size = registry.size();
        Registered registered = registry.registered();
        while (registered.nodes().size() < size) {
            registered = afterChange(registered, size);
        }
        return cluster(registered.first(size));
    }

    /** Resumes an interrupted wait. Pauses if the service responds without a change, so as not to flood it. */
    private Registered afterChange(Registered before, long size) throws IOException, InterruptedException {
        context.waitingFor().accept(progress(before.nodes(), size));
        try {
            Registered after = registry.awaitChange(before);
            if (after.nodes().equals(before.nodes())) {
                context.sleeper().sleep(PAUSE);
            }
            return after;
        } catch (DiscoveryException e) {
            if (e.problem() != Problem.UNAVAILABLE) {
                throw e;
            }
            context.sleeper().sleep(PAUSE);
            return registry.registered();
        }
    }

    private String progress(List<Node> nodes, long size) {
        String names = ShortList.join(
                nodes.stream()
                        .map(node -> node.value().replaceFirst("(?s)=.*", ""))
                        .toList(),
                ", ");
        return name + ": " + nodes.size() + " of " + size + " members have registered"
                + (nodes.isEmpty() ? "" : " (" + ErrorText.line(names) + ")");
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
                            + ErrorText.of(e).replaceFirst("^initial-cluster: ", "") + "; take another token",
                    e);
        }
        if (cluster.peerUrls().size() != nodes.size()) {
            throw new DiscoveryException(
                    Problem.DUPLICATE_NAME,
                    name + ": the " + nodes.size() + " members have registered with "
                            + cluster.peerUrls().size() + " different names, " + shortened(values)
                            + ": start each with a --name of its own, with another token",
                    null);
        }
        return cluster;
    }

    private static String shortened(String values) {
        return ErrorText.line(ShortList.join(List.of(values.split(",", -1)), ","));
    }

    /**
     * Registers a member and waits until the cluster is complete, and retries while the service is unavailable.
     * Idempotent for the same values. If the registration disappears during the wait, it is made again.
     *
     * @throws DiscoveryException if all places are taken, or the id is registered with another value
     */
    InitialCluster join(String id, String value) throws IOException, InterruptedException {
        long size = patiently(registry::size);
        Registered registered = patiently(registry::registered);
        while (true) {
            Optional<Node> own = registered.node(id);
            if (own.isPresent()) {
                requireSame(own.get(), value);
            }
            boolean hasPlace =
                    registered.first(size).stream().anyMatch(node -> node.id().equals(id));
            if (hasPlace && registered.nodes().size() >= size) {
                return cluster(registered.first(size));
            }
            if (hasPlace) {
                Registered before = registered;
                registered = patiently(() -> afterChange(before, size));
            } else if (registered.nodes().size() >= size) {
                throw full(size);
            } else {
                boolean unused = patiently(() -> registry.create(id, value));
                registered = patiently(registry::registered);
                if (registered.node(id).isEmpty()) {
                    context.sleeper().sleep(PAUSE); // this endpoint lags behind the one asked before
                }
            }
        }
    }

    private void requireSame(Node own, String value) throws DiscoveryException {
        if (!own.value().equals(value)) {
            throw new DiscoveryException(
                    Problem.DUPLICATE_ID,
                    name + ": a member with the same peer URLs has registered as " + shortened(own.value())
                            + ": give this one peer URLs of its own",
                    null);
        }
    }

    private DiscoveryException full(long size) {
        return new DiscoveryException(
                Problem.FULL,
                name + ": the cluster is full: " + size + " of " + size
                        + " members have registered; let this node be a proxy," + " or take a token of a larger size",
                null);
    }

    /** A request to the service. */
    @FunctionalInterface
    private interface Question<T> {
        T ask() throws IOException, InterruptedException;
    }

    /** Retries until the service responds: after one, two, four and eight seconds, then every ten. */
    private <T> T patiently(Question<T> question) throws IOException, InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                return question.ask();
            } catch (DiscoveryException e) {
                if (e.problem() != Problem.UNAVAILABLE) {
                    throw e;
                }
                Duration pause = BACKOFF.after(failures);
                context.waitingFor().accept(ErrorText.of(e) + "; trying again in " + pause.toSeconds() + " s");
                context.sleeper().sleep(pause);
            }
        }
    }
}
