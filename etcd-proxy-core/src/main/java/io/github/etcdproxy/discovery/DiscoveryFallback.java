package io.github.etcdproxy.discovery;

/** What becomes of a node that finds the cluster full which it was to join: {@code --discovery-fallback}. */
public enum DiscoveryFallback {
    /** It serves as a proxy of that cluster. This is etcd's default up to 3.5. */
    PROXY,
    /** It ends with an error. */
    EXIT
}
