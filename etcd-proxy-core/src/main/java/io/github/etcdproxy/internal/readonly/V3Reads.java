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

    private static final Map<String, ReadCondition> GATEWAY = new HashMap<>();
    private static final Map<String, ReadCondition> GRPC = new HashMap<>();

    static {
        read("/kv/range", "/etcdserverpb.KV/Range", ReadCondition.ALWAYS);
        read("/kv/txn", "/etcdserverpb.KV/Txn", ReadCondition.ONLY_RANGES);
        read("/watch", "/etcdserverpb.Watch/Watch", ReadCondition.ALWAYS);
        read("/lease/timetolive", "/etcdserverpb.Lease/LeaseTimeToLive", ReadCondition.ALWAYS);
        read("/lease/leases", "/etcdserverpb.Lease/LeaseLeases", ReadCondition.ALWAYS);
        // The names up to etcd 3.3, still served.
        GATEWAY.put("/kv/lease/timetolive", ReadCondition.ALWAYS);
        GATEWAY.put("/kv/lease/leases", ReadCondition.ALWAYS);
        read("/cluster/member/list", "/etcdserverpb.Cluster/MemberList", ReadCondition.ALWAYS);
        read("/maintenance/status", "/etcdserverpb.Maintenance/Status", ReadCondition.ALWAYS);
        read("/maintenance/hash", "/etcdserverpb.Maintenance/Hash", ReadCondition.ALWAYS);
        read("/maintenance/hashkv", "/etcdserverpb.Maintenance/HashKV", ReadCondition.ALWAYS);
        read("/maintenance/snapshot", "/etcdserverpb.Maintenance/Snapshot", ReadCondition.ALWAYS);
        read("/maintenance/alarm", "/etcdserverpb.Maintenance/Alarm", ReadCondition.ACTION_IS_GET);
        read("/maintenance/downgrade", "/etcdserverpb.Maintenance/Downgrade", ReadCondition.ACTION_IS_VALIDATE);
        read("/auth/status", "/etcdserverpb.Auth/AuthStatus", ReadCondition.ALWAYS);
        read("/auth/authenticate", "/etcdserverpb.Auth/Authenticate", ReadCondition.ALWAYS);
        read("/auth/user/get", "/etcdserverpb.Auth/UserGet", ReadCondition.ALWAYS);
        read("/auth/user/list", "/etcdserverpb.Auth/UserList", ReadCondition.ALWAYS);
        read("/auth/role/get", "/etcdserverpb.Auth/RoleGet", ReadCondition.ALWAYS);
        read("/auth/role/list", "/etcdserverpb.Auth/RoleList", ReadCondition.ALWAYS);
        read("/election/leader", "/v3electionpb.Election/Leader", ReadCondition.ALWAYS);
        read("/election/observe", "/v3electionpb.Election/Observe", ReadCondition.ALWAYS);
        GRPC.put("/grpc.health.v1.Health/Check", ReadCondition.ALWAYS);
        GRPC.put("/grpc.health.v1.Health/Watch", ReadCondition.ALWAYS);
    }

    private V3Reads() {}

    private static void read(String gatewayPath, String grpcPath, ReadCondition condition) {
        GATEWAY.put(gatewayPath, condition);
        GRPC.put(grpcPath, condition);
    }

    /** Whether a POST is a read-only call. */
    static boolean contain(RequestAttributes request) {
        if (request.grpc()) {
            ReadCondition condition = GRPC.get(request.path());
            return condition != null && condition.holdsForGrpc(request.body());
        }
        String path = request.path();
        int end = path.indexOf('/', 1);
        if (end < 0 || !PREFIXES.contains(path.substring(0, end))) {
            return false;
        }
        ReadCondition condition = GATEWAY.get(path.substring(end));
        return condition != null && condition.holdsForJson(request.body());
    }
}
