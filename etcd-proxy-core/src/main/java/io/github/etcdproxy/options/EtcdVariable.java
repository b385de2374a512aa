package io.github.etcdproxy.options;

import java.util.Locale;

/**
 * The names of the environment variables for etcd's flags (pkg/flags/flag.go, {@code FlagToEnv}, 3.5).
 */
final class EtcdVariable {

    private EtcdVariable() {}

    /**
     * The variable for a flag.
     *
     * @param flag without leading dashes, for example {@code initial-cluster}
     * @return for example {@code ETCD_INITIAL_CLUSTER}
     */
    static String of(String flag) {
        return "ETCD_" + flag.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
