package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.internal.failure.Redaction;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parses a command line and an environment as etcd does (pkg/flags/flag.go and server/etcdmain/config.go, 3.5): {@code
 * --name value} or {@code --name=value}, with one dash or two; the last occurrence counts. A variable is named after
 * its flag, {@code ETCD_NAME}; it applies if the flag is not given and the variable is not empty.
 *
 * <p>Flags that have no meaning inside an application are ignored and logged; a program that supports such a flag
 * itself, for example {@code --cert-file}, names it when reading. Immutable.
 *
 * @since 0.1
 */
public final class EtcdFlags {
    private static final Logger log = LoggerFactory.getLogger(EtcdFlags.class);

    private static final String PREFIX = "ETCD_";

    /** Flags that this library supports. */
    private static final Set<String> KNOWN = names("""
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

    private static Set<String> names(String list) {
        return Set.of(list.strip().split("\\s+"));
    }

    private final Map<String, Value> values;
    private final Set<String> ofProgram;

    /**
     * The value of a flag.
     *
     * @param text not null
     * @param origin the flag or variable that gave it
     */
    private record Value(String text, String origin) {}

    private EtcdFlags(Set<String> ofProgram) {
        this.ofProgram = Set.copyOf(ofProgram);
        this.values = new HashMap<>();
    }

    /**
     * Reads an environment and a command line; the command line wins.
     *
     * @param environment for example {@link System#getenv()}; empty for flags only
     * @param commandLine for example {@code "--proxy", "on"}
     * @return the flags
     * @throws IllegalArgumentException if the command line has an unknown flag or a flag without a value; the message
     *     names it and says what to write
     */
    public static EtcdFlags read(Map<String, String> environment, String... commandLine) {
        return read(Set.of(), environment, commandLine);
    }

    /**
     * Reads both for a program that supports further etcd flags itself.
     *
     * @param ofProgram names of the further flags, without dashes, for example {@code cert-file}
     * @param environment for example {@link System#getenv()}; empty for flags only
     * @param commandLine for example {@code "--proxy", "on"}
     * @return the flags
     * @throws IllegalArgumentException as in {@link #read(Map, String...)}
     */
    public static EtcdFlags read(Set<String> ofProgram, Map<String, String> environment, String... commandLine) {
        EtcdFlags flags = new EtcdFlags(ofProgram);
        flags.readEnvironment(environment);
        flags.readCommandLine(commandLine);
        flags.values.keySet().removeIf(name -> !flags.isMeant(name));
        flags.values.values().removeIf(value -> value.text().isEmpty()); // as in etcd
        return flags;
    }

    private void readEnvironment(Map<String, String> environment) {
        environment.forEach((variable, text) -> {
            if (variable.startsWith(PREFIX) && !text.isEmpty()) {
                String name = variable.substring(PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-');
                readVariable(name, new Value(text, variable));
            }
        });
    }

    private void readCommandLine(String... commandLine) {
        new CommandLine(commandLine).read().forEach((name, given) -> {
            ignore(name, given.origin());
            Value shadowed = values.put(name, given);
            if (shadowed != null) {
                log.warn("{} is ignored, since {} is given", shadowed.origin(), given.origin());
            }
        });
    }

    private boolean isMeant(String name) {
        return KNOWN.contains(name) || ofProgram.contains(name);
    }

    private void readVariable(String name, Value value) {
        if (isEtcds(name)) {
            ignore(name, value.origin());
            values.put(name, value);
        } else if (name.equals("config-file")) {
            throw configFile(value.origin());
        } else {
            log.warn(
                    "{} is ignored: etcd has no such variable; the nearest is {}",
                    value.origin(),
                    EtcdVariable.of(nearest(name)));
        }
    }

    private static boolean isEtcds(String name) {
        return KNOWN.contains(name) || OTHERS.contains(name) || name.startsWith("experimental-");
    }

    private void ignore(String name, String origin) {
        if (isMeant(name)) {
            return;
        }
        if (TLS.contains(name)) {
            log.warn(
                    "{} is ignored: TLS is set up on the OkHttpClient that is wrapped, and on the one that reaches peers",
                    origin);
        } else {
            log.info("{} is ignored: it has no meaning here", origin);
        }
    }

    private static IllegalArgumentException configFile(String origin) {
        return new IllegalArgumentException(
                origin + ": etcd's configuration file is not read: give its settings as flags or variables");
    }

    private static String nearest(String name) {
        return KNOWN.stream()
                .sorted()
                .min(Comparator.comparingInt(known -> distance(known, name)))
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

    boolean has(String name) {
        return values.containsKey(name);
    }

    /**
     * The value of a flag.
     *
     * @param name the flag's name, without dashes
     * @return the value as given; empty if the flag was not given or is ignored
     */
    public String text(String name) {
        Value value = values.get(name);
        return value == null ? "" : value.text();
    }

    /**
     * Whether a boolean flag is on, as Go parses it.
     *
     * @param name the flag's name, without dashes
     * @return false if it was not given
     * @throws IllegalArgumentException if the value is neither true nor false; the message names the flag
     */
    public boolean isTrue(String name) {
        return get(name, text -> switch (text) {
                    case "1", "t", "T", "TRUE", "true", "True" -> true;
                    case "0", "f", "F", "FALSE", "false", "False" -> false;
                    default ->
                        throw new IllegalArgumentException(
                                name + ": \"" + Redaction.upToLastAt(text) + "\": write true or false");
                })
                .orElse(false);
    }

    /** The ones among these flags that were given but are not supported. */
    List<String> unused(Collection<String> names) {
        return given(names.stream().filter(name -> !ofProgram.contains(name)).toList());
    }

    /** The ones among these flags that were given. */
    List<String> given(Collection<String> names) {
        return names.stream()
                .map(values::get)
                .filter(Objects::nonNull)
                .map(Value::origin)
                .toList();
    }

    /**
     * The node that these flags describe, of a command line that starts a member by a discovery token:
     * {@code --discovery}, {@code --name}, {@code --initial-advertise-peer-urls}, {@code --discovery-fallback}; with
     * etcd's defaults.
     *
     * @return a node that can join
     * @throws IllegalArgumentException if there is no token, or a flag has a bad value; the message names it and says
     *     what to write
     */
    public JoinRequest joinRequest() {
        return new FlaggedOptions(this).joining();
    }

    /**
     * The converted value of a flag.
     *
     * @param <T> the type to which it is converted
     * @param name the flag's name, without dashes
     * @param reading converts the value; throws {@link IllegalArgumentException} if it can't
     * @return empty if it was not given, or is ignored
     * @throws IllegalArgumentException the exception of the conversion; its message also names the variable if the
     *     value came from one
     */
    public <T> Optional<T> get(String name, Function<String, T> reading) {
        Value value = values.get(name);
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(reading.apply(value.text()));
        } catch (IllegalArgumentException e) {
            boolean fromVariable = value.origin().startsWith(PREFIX);
            throw fromVariable
                    ? new IllegalArgumentException(e.getMessage() + " (it was given by " + value.origin() + ")", e)
                    : e;
        }
    }

    /** Reads one command line. */
    private static final class CommandLine {
        private final List<String> arguments;
        private int next;

        CommandLine(String... arguments) {
            this.arguments = List.of(arguments);
        }

        Map<String, Value> read() {
            Map<String, Value> values = new LinkedHashMap<>();
            while (next < arguments.size()) {
                String argument = arguments.get(next++);
                if (argument.equals("--") && next == arguments.size()) { // the end of the flags
                    break;
                }
                if (!argument.matches("(?s)--?[^-=].*")) {
                    throw new IllegalArgumentException("\"" + Redaction.upToLastAt(argument)
                            + "\" is not a flag: write --name value or --name=value");
                }
                String flag = argument.replaceFirst("^--?", "");
                int equals = flag.indexOf('=');
                String name = equals < 0 ? flag : flag.substring(0, equals);
                String origin = "--" + name;
                if (name.equals("config-file")) {
                    throw configFile(origin);
                }
                if (!isEtcds(name)) {
                    throw new IllegalArgumentException("unknown flag \"" + Redaction.upToLastAt(origin)
                            + "\": did you mean --" + nearest(name) + "?");
                }
                String value = equals >= 0 ? flag.substring(equals + 1) : nextValue(name);
                values.put(name, new Value(value, origin));
            }
            return values;
        }

        private String nextValue(String name) {
            if (SWITCHES.contains(name)) {
                return "true";
            }
            if (next < arguments.size()) {
                return arguments.get(next++);
            }
            throw new IllegalArgumentException("--" + name + " has no value: write --" + name + " value");
        }
    }
}
