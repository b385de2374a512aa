package io.github.etcdproxy.discovery;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a node is to be that has asked to {@linkplain JoinRequest join} a cluster. */
public sealed interface JoinOutcome {

    /**
     * It has a place: it is to be started as a member.
     *
     * @param node the node
     * @param initialCluster all members: {@code --initial-cluster}
     * @param initialClusterToken what all members must agree in: {@code --initial-cluster-token}
     */
    record Member(JoinRequest node, String initialCluster, String initialClusterToken) implements JoinOutcome {

        /**
         * The flags to start {@code etcd} with. Its listen and advertised client URLs, its listen peer URLs and its data
         * directory are to be added, and with TLS its certificates.
         *
         * @return names and values in turn, as a process builder takes them
         */
        public List<String> flags() {
            return settings().entrySet().stream()
                    .flatMap(setting -> List.of("--" + setting.getKey(), setting.getValue()).stream())
                    .toList();
        }

        /**
         * The same as environment variables.
         *
         * @return values by their names, such as {@code ETCD_NAME}
         */
        public Map<String, String> environment() {
            Map<String, String> environment = new LinkedHashMap<>();
            settings().forEach((name, value) -> environment.put(variable(name), value));
            return environment;
        }

        /** The environment variable that stands for a flag (pkg/flags/flag.go, {@code FlagToEnv}, 3.5). */
        private static String variable(String flag) {
            return "ETCD_" + flag.toUpperCase(Locale.ROOT).replace('-', '_');
        }

        private Map<String, String> settings() {
            Map<String, String> settings = new LinkedHashMap<>();
            settings.put("name", node.member().name());
            settings.put("initial-advertise-peer-urls", node.member().peerUrlList());
            settings.put("initial-cluster", initialCluster);
            settings.put("initial-cluster-state", "new");
            settings.put("initial-cluster-token", initialClusterToken);
            return settings;
        }
    }

    /**
     * The cluster is full: it is to be a proxy.
     *
     * @param discovery finds the cluster's peers
     */
    record Proxy(PeerDiscovery discovery) implements JoinOutcome {}
}
