package io.github.etcdproxy.okhttp.internal.attempt;

/** What made an attempt fail; decides what the registry is told of the member. */
enum FailureCause {
    /** The caller ended the call. Or its body failed, an interceptor, another proxy, or a server to which the member redirected. */
    CALLER,
    /** A redirect or an interceptor made a write of what a read-only proxy let pass as a read. */
    NOT_A_READ,
    /** The resolver was late, which says nothing about the member. */
    RESOLVER,
    /** This process can open no more sockets. */
    OPEN_FILE_LIMIT,
    /** A pooled connection turned out to be unusable before anything was sent on it. */
    STALE_CONNECTION,
    /** It broke on a connection that had been used before, or the member refused a stream: it may be well. */
    INCONCLUSIVE,
    /** A timeout of the caller's ended the attempt. */
    CALLER_TIMEOUT,
    /** The member answered neither this attempt nor probes. */
    MEMBER_HUNG,
    /** The member could not be reached, or broke off on a new connection. */
    MEMBER
}
