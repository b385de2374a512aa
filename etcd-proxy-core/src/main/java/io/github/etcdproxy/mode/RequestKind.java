package io.github.etcdproxy.mode;

import java.util.Set;

/** Whether a request can change what etcd stores. Both the mode policy and the replay rule depend on it. */
public enum RequestKind {
    /** Changes nothing, so it may be repeated. */
    READ,
    /** Changes something, or might: whatever is not known to be a read. */
    WRITE;

    /** The prefixes of the v3 JSON gateway: from etcd 3.4 on, of 3.3, of 3.2. */
    private static final Set<String> V3_PREFIXES = Set.of("/v3", "/v3beta", "/v3alpha");

    /** The calls of the v3 JSON gateway, all of them POSTs, that change nothing (server/etcdserver/api/etcdserverpb/rpc.proto, etcd 3.5). */
    private static final Set<String> V3_READS = Set.of(
            "/kv/range",
            "/kv/lease/timetolive",
            "/kv/lease/leases",
            "/watch",
            "/lease/timetolive",
            "/lease/leases",
            "/cluster/member/list",
            "/maintenance/status",
            "/maintenance/hash",
            "/maintenance/hashkv",
            "/maintenance/snapshot",
            "/auth/status",
            "/auth/authenticate",
            "/auth/user/get",
            "/auth/user/list",
            "/auth/role/get",
            "/auth/role/list",
            "/election/leader",
            "/election/observe");

    /**
     * Classifies a request.
     *
     * @param method the HTTP method, in upper case
     * @param path the path as it is sent, with its percent-encoding: one that is spelled in any other way than etcd's own is
     *     no known read
     * @param upgrade whether the request has an {@code Upgrade} header: what passes over the upgraded connection is out
     *     of sight, and through etcd's gateway it can be a write
     * @return {@link #READ} for GET, HEAD and OPTIONS and for the reads of the v3 JSON gateway, without an upgrade; {@link
     *     #WRITE} for all else
     */
    public static RequestKind of(String method, String path, boolean upgrade) {
        boolean safe = method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
        boolean read = safe || (method.equals("POST") && isV3Read(path));
        return read && !upgrade ? READ : WRITE;
    }

    private static boolean isV3Read(String path) {
        int end = path.indexOf('/', 1);
        return end > 0 && V3_PREFIXES.contains(path.substring(0, end)) && V3_READS.contains(path.substring(end));
    }
}
