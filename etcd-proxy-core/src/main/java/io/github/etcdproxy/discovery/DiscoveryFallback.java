package io.github.etcdproxy.discovery;

/**
 * What a node does if the cluster that it was to join is full: {@code --discovery-fallback}.
 *
 * @since 0.1
 */
public enum DiscoveryFallback {
    /** It serves as a proxy of that cluster. This is etcd's default up to 3.5. */
    PROXY,
    /** It ends with an error. */
    EXIT
}
