package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.internal.failure.Redaction;
import io.github.etcdproxy.internal.flags.EtcdVariable;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
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
            if (!text.isEmpty()) {
                EtcdVariable.flagOf(variable).ifPresent(name -> readVariable(name, new Value(text, variable)));
            }
        });
    }

    private void readCommandLine(String... commandLine) {
        new CommandLine(commandLine).read().forEach((name, text) -> {
            Value given = new Value(text, "--" + name);
            ignore(name, given.origin());
            Value shadowed = values.put(name, given);
            if (shadowed != null) {
                log.warn("{} is ignored, since {} is given", shadowed.origin(), given.origin());
            }
        });
    }

    private boolean isMeant(String name) {
        return FlagNames.isSupported(name) || ofProgram.contains(name);
    }

    private void readVariable(String name, Value value) {
        if (FlagNames.isEtcds(name)) {
            ignore(name, value.origin());
            values.put(name, value);
        } else if (name.equals("config-file")) {
            throw CommandLine.configFile(value.origin());
        } else {
            log.warn(
                    "{} is ignored: etcd has no such variable; the nearest is {}",
                    value.origin(),
                    EtcdVariable.of(FlagNames.nearest(name)));
        }
    }

    private void ignore(String name, String origin) {
        if (isMeant(name)) {
            return;
        }
        if (FlagNames.isForTls(name)) {
            log.warn(
                    "{} is ignored: TLS is set up on the OkHttpClient that is wrapped, and on the one that reaches peers",
                    origin);
        } else {
            log.info("{} is ignored: it has no meaning here", origin);
        }
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
        return new OptionsFromFlags(this).joinRequest();
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
            throw EtcdVariable.isVariable(value.origin())
                    ? new IllegalArgumentException(e.getMessage() + " (it was given by " + value.origin() + ")", e)
                    : e;
        }
    }
}
