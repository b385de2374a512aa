package io.github.etcdproxy.discovery;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The registrations under one token at a discovery service. Every method blocks for one or a few requests. */
interface RegistrationStore {

    /** The size of the cluster; greater than zero. */
    long size() throws IOException;

    /** The nodes that have registered. */
    Registered registered() throws IOException;

    /** Waits for a change, for about a minute at most, and returns the nodes registered by then. No change is lost. */
    Registered awaitChange(Registered before) throws IOException;

    /** Registers a node; returns false if the id is already taken. */
    boolean create(String id, String value) throws IOException;

    /**
     * A registered node.
     *
     * @param id the member's id in hexadecimal
     * @param value one or more {@code name=URL}, separated by commas
     * @param created orders the nodes by the time of their registration
     */
    record Node(String id, String value, long created) {}

    /**
     * All registered nodes.
     *
     * @param nodes in the order of their registration
     * @param index the store's index up to which changes are included
     */
    record Registered(List<Node> nodes, long index) {

        public Registered {
            nodes = List.copyOf(nodes);
        }

        List<Node> first(long size) {
            return nodes.stream().limit(size).toList();
        }

        Optional<Node> node(String id) {
            return nodes.stream().filter(node -> node.id().equals(id)).findFirst();
        }

        Registered with(Node node, long newIndex) {
            Stream<Node> others = nodes.stream().filter(other -> !other.id().equals(node.id()));
            return new Registered(sorted(Stream.concat(others, Stream.of(node))), newIndex);
        }

        Registered without(String id, long newIndex) {
            return new Registered(
                    nodes.stream().filter(other -> !other.id().equals(id)).toList(), newIndex);
        }

        Registered upTo(long newIndex) {
            return new Registered(nodes, newIndex);
        }

        static List<Node> sorted(Stream<Node> nodes) {
            return nodes.sorted((a, b) -> Long.compare(a.created(), b.created()))
                    .toList();
        }
    }
}
