package io.github.etcdproxy.okhttp.internal.failover;

/** What caused an attempt to fail; determines what is reported to the registry. */
public enum FailureCause {
    /**
     * The caller ended the call; or its body, an interceptor, another proxy or a server to which the member redirected
     * failed.
     */
    CALLER,
    /** A redirect or an interceptor turned a request that was permitted as a read into a write. */
    NOT_A_READ,
    /** The resolver was late, which says nothing about the member. */
    RESOLVER,
    /** This process can open no more sockets. */
    OPEN_FILE_LIMIT,
    /** A pooled connection turned out to be unusable before anything was sent on it. */
    STALE_CONNECTION,
    /** A reused connection broke, or the member refused a stream: the member may be healthy. */
    INCONCLUSIVE,
    /** The caller's timeout ended the attempt. */
    CALLER_TIMEOUT,
    /** The member answered neither this attempt nor probes. */
    MEMBER_HUNG,
    /** The member could not be reached, or a new connection broke. */
    MEMBER
}
