package io.github.etcdproxy.internal.readonly;

/** Whether a request can change what etcd stores. Both the mode policy and the replay rule depend on it. */
public enum RequestKind {
    /** The request changes nothing and may be repeated. */
    READ,
    /** The request may change something: everything that is not known to be a read. */
    WRITE;

    /**
     * Classifies a request.
     *
     * @param request the request
     * @return {@link #READ} for GET, HEAD and OPTIONS without a body, and for the calls of the v3 JSON gateway and of
     *     gRPC that change nothing, some of which are recognized by their bodies; {@link #WRITE} for all other
     *     requests, disguised ones included
     */
    public static RequestKind of(RequestAttributes request) {
        if (request.disguised()) {
            return WRITE;
        }
        return switch (request.method()) {
            // etcd's gRPC server accepts calls with any method.
            case "GET", "HEAD", "OPTIONS" -> request.hasBody() || request.grpc() ? WRITE : READ;
            case "POST" -> V3Reads.contain(request) ? READ : WRITE;
            default -> WRITE;
        };
    }
}
