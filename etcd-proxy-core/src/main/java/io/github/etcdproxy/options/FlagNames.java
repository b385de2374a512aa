package io.github.etcdproxy.options;

import java.util.Comparator;
import java.util.Set;

/** The names of etcd's flags, without dashes. Pure functions. */
final class FlagNames {
    /** Flags that this library supports. */
    private static final Set<String> SUPPORTED = names("""
            data-dir discovery discovery-endpoints discovery-fallback discovery-proxy discovery-srv
            discovery-srv-name discovery-token initial-advertise-peer-urls initial-cluster
            listen-client-urls name proxy proxy-dial-timeout proxy-failure-wait proxy-read-timeout
            proxy-refresh-interval proxy-write-timeout
            """);

    /** Flags of etcd 3.4 to 3.6 that apply only to members, or to a proxy that is a process. */
    private static final Set<String> OTHERS = names("""
            advertise-client-urls auth-token auth-token-ttl auto-compaction-mode
            auto-compaction-retention auto-tls backend-batch-interval backend-batch-limit
            backend-bbolt-freelist-type bcrypt-cost bootstrap-defrag-threshold-megabytes ca-file
            cert-file cipher-suites client-cert-allowed-hostname client-cert-auth client-cert-file
            client-crl-file client-key-file compact-hash-check-enabled compact-hash-check-time
            compaction-batch-limit compaction-sleep-interval corrupt-check-time cors debug
            discovery-cacert discovery-cert discovery-dial-timeout
            discovery-insecure-skip-tls-verify discovery-insecure-transport discovery-keepalive-time
            discovery-keepalive-timeout discovery-key discovery-password discovery-request-timeout
            discovery-user distributed-tracing-address distributed-tracing-instance-id
            distributed-tracing-sampling-rate distributed-tracing-service-name downgrade-check-time
            election-timeout enable-distributed-tracing enable-grpc-gateway enable-log-rotation
            enable-pprof enable-v2 feature-gates force-new-cluster force-new-cluster-commit
            grpc-keepalive-interval grpc-keepalive-min-time grpc-keepalive-timeout
            heartbeat-interval host-whitelist initial-cluster-state initial-cluster-token
            initial-election-tick-advance key-file listen-client-http-urls listen-metrics-urls
            listen-peer-urls local-address log-format log-level log-output log-outputs
            log-package-levels log-rotation-config-json logger max-concurrent-streams max-learners
            max-request-bytes max-snapshots max-txn-ops max-wals memory-mlock metrics peer-auto-tls
            peer-ca-file peer-cert-allowed-cn peer-cert-allowed-hostname peer-cert-file
            peer-client-cert-auth peer-client-cert-file peer-client-key-file peer-crl-file
            peer-key-file peer-skip-client-san-verification peer-trusted-ca-file pre-vote
            quota-backend-bytes raft-read-timeout raft-write-timeout self-signed-cert-validity
            snapshot-catchup-entries snapshot-count socket-reuse-address socket-reuse-port
            stop-grpc-service-on-defrag strict-reconfig-check tls-max-version tls-min-version
            trusted-ca-file unsafe-no-fsync v2-deprecation version wal-dir warning-apply-duration
            warning-unary-request-duration watch-progress-notify-interval
            """);

    private static final Set<String> TLS = names("""
            auto-tls ca-file cert-file cipher-suites client-cert-file client-key-file
            discovery-cacert discovery-cert discovery-insecure-skip-tls-verify discovery-key
            key-file peer-auto-tls peer-ca-file peer-cert-file peer-client-cert-file
            peer-client-key-file peer-key-file peer-trusted-ca-file tls-max-version tls-min-version
            trusted-ca-file
            """);

    /** etcd's flags that take no value in the next argument. */
    private static final Set<String> SWITCHES = names("""
            auto-tls client-cert-auth compact-hash-check-enabled debug discovery-insecure-skip-tls-verify
            discovery-insecure-transport enable-distributed-tracing enable-grpc-gateway enable-log-rotation
            enable-pprof enable-v2 experimental-compact-hash-check-enabled
            experimental-enable-distributed-tracing experimental-enable-lease-checkpoint
            experimental-enable-lease-checkpoint-persist experimental-initial-corrupt-check
            experimental-memory-mlock experimental-peer-skip-client-san-verification
            experimental-stop-grpc-service-on-defrag experimental-txn-mode-write-with-shared-buffer
            force-new-cluster initial-election-tick-advance memory-mlock peer-auto-tls peer-client-cert-auth
            peer-skip-client-san-verification pre-vote socket-reuse-address socket-reuse-port
            stop-grpc-service-on-defrag strict-reconfig-check unsafe-no-fsync version
            """);

    private FlagNames() {}

    private static Set<String> names(String list) {
        return Set.of(list.strip().split("\\s+"));
    }

    /** Whether this library supports a flag. */
    static boolean isSupported(String name) {
        return SUPPORTED.contains(name);
    }

    /** Whether etcd has a flag. */
    static boolean isEtcds(String name) {
        return SUPPORTED.contains(name) || OTHERS.contains(name) || name.startsWith("experimental-");
    }

    /** Whether a flag sets up TLS. */
    static boolean isForTls(String name) {
        return TLS.contains(name);
    }

    /** Whether a flag takes no value in the next argument. */
    static boolean isSwitch(String name) {
        return SWITCHES.contains(name);
    }

    /** The supported flag whose name is most like a given one. */
    static String nearest(String name) {
        return SUPPORTED.stream()
                .sorted()
                .min(Comparator.comparingInt(supported -> distance(supported, name)))
                .orElseThrow();
    }

    /** The edit distance between two words. */
    private static int distance(String a, String b) {
        int[] before = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            before[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = before[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(row[j - 1], before[j]) + 1);
            }
            before = row;
        }
        return before[b.length()];
    }
}
