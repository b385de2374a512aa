package io.github.etcdproxy.discovery;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a discovery service keeps under one token. Every method blocks for one request to the service, or few. */
interface RegistrationStore {

    /** How many members the cluster is to have; greater than zero. */
    long size() throws IOException;

    /** Who has registered. */
    Registered registered() throws IOException;

    /** Waits for a change, for a minute or so at most, and returns who has registered then. No change is lost. */
    Registered awaitChange(Registered before) throws IOException;

    /** Registers, and returns whether the id was not taken yet. */
    boolean create(String id, String value) throws IOException;

    /**
     * One who has registered.
     *
     * @param id the member's id in hexadecimal
     * @param value {@code name=URL}, several separated by commas
     * @param created orders the nodes by the time of their registration
     */
    record Node(String id, String value, long created) {}

    /**
     * All who have registered.
     *
     * @param nodes in the order of their registration
     * @param index up to where changes are contained
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
