package io.github.etcdproxy.internal.readonly;

/** Whether a request can change what etcd stores. Both the mode policy and the replay rule depend on it. */
public enum RequestKind {
    /** Changes nothing, so it may be repeated. */
    READ,
    /** Changes something, or might: whatever is not known to be a read. */
    WRITE;

    /**
     * Classifies a request.
     *
     * @param request what is to be looked at
     * @return {@link #READ} for GET, HEAD and OPTIONS without a body, and for the calls of the v3 JSON gateway and of gRPC that change nothing,
     *     which for some their bodies tell; {@link #WRITE} for all else, and for whatever is disguised
     */
    public static RequestKind of(RequestView request) {
        if (request.disguised()) {
            return WRITE;
        }
        return switch (request.method()) {
            // etcd's gRPC server takes any method for a call.
            case "GET", "HEAD", "OPTIONS" -> request.hasBody() || request.grpc() ? WRITE : READ;
            case "POST" -> V3Reads.contain(request) ? READ : WRITE;
            default -> WRITE;
        };
    }
}
