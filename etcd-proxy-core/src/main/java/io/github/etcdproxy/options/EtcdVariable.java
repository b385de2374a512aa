package io.github.etcdproxy.options;

import java.util.Locale;

/** The environment variables that stand for etcd's flags (pkg/flags/flag.go, {@code FlagToEnv}, 3.5). */
public final class EtcdVariable {

    private EtcdVariable() {}

    /**
     * The variable of a flag.
     *
     * @param flag without dashes before it, for example {@code initial-cluster}
     * @return for example {@code ETCD_INITIAL_CLUSTER}
     */
    public static String of(String flag) {
        return "ETCD_" + flag.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
