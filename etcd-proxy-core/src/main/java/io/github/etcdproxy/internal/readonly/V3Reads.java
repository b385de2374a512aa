package io.github.etcdproxy.internal.readonly;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The read-only calls of the v3 API, all of them POSTs, by their exact paths in the JSON gateway and in gRPC
 * (api/etcdserverpb/rpc.proto, server/etcdserver/api/v3lock and v3election, etcd 3.5). Pure functions.
 */
final class V3Reads {
    /** The gateway's prefixes: of etcd 3.4 and later, 3.3 and 3.2. */
    private static final Set<String> PREFIXES = Set.of("/v3", "/v3beta", "/v3alpha");

    private static final Map<String, ReadIf> GATEWAY = new HashMap<>();
    private static final Map<String, ReadIf> GRPC = new HashMap<>();

    static {
        read("/kv/range", "/etcdserverpb.KV/Range", ReadIf.ALWAYS);
        read("/kv/txn", "/etcdserverpb.KV/Txn", ReadIf.ONLY_RANGES);
        read("/watch", "/etcdserverpb.Watch/Watch", ReadIf.ALWAYS);
        read("/lease/timetolive", "/etcdserverpb.Lease/LeaseTimeToLive", ReadIf.ALWAYS);
        read("/lease/leases", "/etcdserverpb.Lease/LeaseLeases", ReadIf.ALWAYS);
        // The names up to etcd 3.3, still served.
        GATEWAY.put("/kv/lease/timetolive", ReadIf.ALWAYS);
        GATEWAY.put("/kv/lease/leases", ReadIf.ALWAYS);
        read("/cluster/member/list", "/etcdserverpb.Cluster/MemberList", ReadIf.ALWAYS);
        read("/maintenance/status", "/etcdserverpb.Maintenance/Status", ReadIf.ALWAYS);
        read("/maintenance/hash", "/etcdserverpb.Maintenance/Hash", ReadIf.ALWAYS);
        read("/maintenance/hashkv", "/etcdserverpb.Maintenance/HashKV", ReadIf.ALWAYS);
        read("/maintenance/snapshot", "/etcdserverpb.Maintenance/Snapshot", ReadIf.ALWAYS);
        read("/maintenance/alarm", "/etcdserverpb.Maintenance/Alarm", ReadIf.ACTION_IS_GET);
        read("/maintenance/downgrade", "/etcdserverpb.Maintenance/Downgrade", ReadIf.ACTION_IS_VALIDATE);
        read("/auth/status", "/etcdserverpb.Auth/AuthStatus", ReadIf.ALWAYS);
        read("/auth/authenticate", "/etcdserverpb.Auth/Authenticate", ReadIf.ALWAYS);
        read("/auth/user/get", "/etcdserverpb.Auth/UserGet", ReadIf.ALWAYS);
        read("/auth/user/list", "/etcdserverpb.Auth/UserList", ReadIf.ALWAYS);
        read("/auth/role/get", "/etcdserverpb.Auth/RoleGet", ReadIf.ALWAYS);
        read("/auth/role/list", "/etcdserverpb.Auth/RoleList", ReadIf.ALWAYS);
        read("/election/leader", "/v3electionpb.Election/Leader", ReadIf.ALWAYS);
        read("/election/observe", "/v3electionpb.Election/Observe", ReadIf.ALWAYS);
        GRPC.put("/grpc.health.v1.Health/Check", ReadIf.ALWAYS);
        GRPC.put("/grpc.health.v1.Health/Watch", ReadIf.ALWAYS);
    }

    private V3Reads() {}

    private static void read(String gatewayPath, String grpcPath, ReadIf condition) {
        GATEWAY.put(gatewayPath, condition);
        GRPC.put(grpcPath, condition);
    }

    /** Whether a POST is a read-only call. */
    static boolean contain(RequestView request) {
        if (request.grpc()) {
            ReadIf condition = GRPC.get(request.path());
            return condition != null && condition.holdsForGrpc(request.body());
        }
        String path = request.path();
        int end = path.indexOf('/', 1);
        if (end < 0 || !PREFIXES.contains(path.substring(0, end))) {
            return false;
        }
        ReadIf condition = GATEWAY.get(path.substring(end));
        return condition != null && condition.holdsForJson(request.body());
    }
}
