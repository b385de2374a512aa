package io.github.etcdproxy.mode;

/** Whether a request can change what etcd stores. Both the mode policy and the replay rule depend on it. */
public enum RequestKind {
    /** Changes nothing, so it may be repeated. */
    READ,
    /** Changes something, or might: whatever is not known to be a read. */
    WRITE;

    /**
     * Classifies a request.
     *
     * @param method the HTTP method, in upper case
     * @param upgrade whether the request has an {@code Upgrade} header: what passes over the upgraded connection is out
     *     of sight, and through etcd's gateway it can be a write
     * @return {@link #READ} for GET, HEAD and OPTIONS without an upgrade, {@link #WRITE} for all else
     */
    public static RequestKind of(String method, boolean upgrade) {
        boolean safe = method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
        return safe && !upgrade ? READ : WRITE;
    }
}
