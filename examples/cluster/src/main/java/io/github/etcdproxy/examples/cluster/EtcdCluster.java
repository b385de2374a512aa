package io.github.etcdproxy.examples.cluster;

import java.util.List;
import java.util.stream.Collectors;

/** Members that serve the v2 keys API on loopback, at ports of the system's choice. Not thread safe. */
public interface EtcdCluster extends AutoCloseable {

    /**
     * The members.
     *
     * @return all of them, also those that have been killed
     */
    List<? extends EtcdMember> members();

    /**
     * The member with a client URL.
     *
     * @param clientUrl one of the members' client URLs
     * @return that member
     */
    default EtcdMember memberAt(String clientUrl) {
        return members().stream()
                .filter(member -> member.clientUrl().equals(clientUrl))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no member has the client URL " + clientUrl));
    }

    /**
     * The members in the form of {@code --initial-cluster}.
     *
     * @return {@code name=peerURL}, separated by commas
     */
    default String initialCluster() {
        return members().stream()
                .map(member -> member.name() + "=" + member.peerUrl())
                .collect(Collectors.joining(","));
    }

    /** Stops all members and removes their data. */
    @Override
    void close();
}
