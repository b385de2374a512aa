package io.github.etcdproxy.internal.flags;

import java.util.Locale;
import java.util.Optional;

/**
 * The names of the environment variables for etcd's flags (pkg/flags/flag.go, {@code FlagToEnv}, 3.5). Pure functions.
 */
public final class EtcdVariable {
    private static final String PREFIX = "ETCD_";

    private EtcdVariable() {}

    /**
     * The variable for a flag.
     *
     * @param flag without leading dashes, for example {@code initial-cluster}
     * @return for example {@code ETCD_INITIAL_CLUSTER}
     */
    public static String of(String flag) {
        return PREFIX + flag.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /**
     * The flag for a variable.
     *
     * @param variable for example {@code ETCD_INITIAL_CLUSTER}
     * @return for example {@code initial-cluster}; empty if it is not the name of a variable of etcd
     */
    public static Optional<String> flagOf(String variable) {
        return isVariable(variable)
                ? Optional.of(variable.substring(PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-'))
                : Optional.empty();
    }

    /**
     * Whether a name is a variable's rather than a flag's.
     *
     * @param name for example {@code ETCD_NAME} or {@code --name}
     * @return true if it begins as etcd's variables do
     */
    public static boolean isVariable(String name) {
        return name.startsWith(PREFIX);
    }
}
