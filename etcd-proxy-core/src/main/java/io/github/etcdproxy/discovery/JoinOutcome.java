package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.flags.EtcdVariable;
import io.github.etcdproxy.internal.flags.NewMember;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The role of a node that has {@linkplain JoinRequest joined} a cluster.
 *
 * @since 0.1
 */
public sealed interface JoinOutcome {

    /**
     * The node is a member; start {@code etcd} with these settings.
     *
     * @param node the node
     * @param initialCluster all members: {@code --initial-cluster}
     * @param initialClusterToken must be the same for all members: {@code --initial-cluster-token}
     */
    record Member(JoinRequest node, String initialCluster, String initialClusterToken) implements JoinOutcome {

        /**
         * The flags to start {@code etcd} with. Add its listen and advertised client URLs, its listen peer URLs, its
         * data directory and, with TLS, its certificates.
         *
         * @return alternating names and values, as {@link ProcessBuilder} expects them
         */
        public List<String> flags() {
            return settings().entrySet().stream()
                    .flatMap(setting -> List.of("--" + setting.getKey(), setting.getValue()).stream())
                    .toList();
        }

        /**
         * The same settings as environment variables.
         *
         * @return values by name, such as {@code ETCD_NAME}
         */
        public Map<String, String> environment() {
            Map<String, String> environment = new LinkedHashMap<>();
            settings().forEach((name, value) -> environment.put(EtcdVariable.of(name), value));
            return environment;
        }

        private Map<String, String> settings() {
            Map<String, String> settings = new LinkedHashMap<>();
            settings.put("name", node.name());
            settings.put("initial-advertise-peer-urls", new NewMember(node.name(), node.peerUrls()).peerUrlList());
            settings.put("initial-cluster", initialCluster);
            settings.put("initial-cluster-state", "new");
            settings.put("initial-cluster-token", initialClusterToken);
            return settings;
        }
    }

    /**
     * The cluster is full; the node becomes a proxy.
     *
     * @param discovery finds the cluster's peers
     */
    record Proxy(PeerDiscovery discovery) implements JoinOutcome {}
}
