package io.github.etcdproxy.options;

import io.github.etcdproxy.internal.failure.Redaction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Splits a command line of etcd into flags and their values. Used once. */
final class CommandLine {
    private final List<String> arguments;
    private int next;

    CommandLine(String... arguments) {
        this.arguments = List.of(arguments);
    }

    /** The values by the names of the flags, in the order of the command line; the last occurrence counts. */
    Map<String, String> read() {
        Map<String, String> values = new LinkedHashMap<>();
        while (next < arguments.size()) {
            String argument = arguments.get(next++);
            if (argument.equals("--") && next == arguments.size()) { // the end of the flags
                break;
            }
            if (!argument.matches("(?s)--?[^-=].*")) {
                throw new IllegalArgumentException(
                        "\"" + Redaction.upToLastAt(argument) + "\" is not a flag: write --name value or --name=value");
            }
            String flag = argument.replaceFirst("^--?", "");
            int equals = flag.indexOf('=');
            String name = equals < 0 ? flag : flag.substring(0, equals);
            requireKnown(name);
            values.put(name, equals < 0 ? nextValue(name) : flag.substring(equals + 1));
        }
        return values;
    }

    private static void requireKnown(String name) {
        String flag = "--" + name;
        if (name.equals("config-file")) {
            throw configFile(flag);
        }
        if (!FlagNames.isEtcds(name)) {
            throw new IllegalArgumentException("unknown flag \"" + Redaction.upToLastAt(flag) + "\": did you mean --"
                    + FlagNames.nearest(name) + "?");
        }
    }

    /** The exception for a configuration file, named by a flag or a variable. */
    static IllegalArgumentException configFile(String origin) {
        return new IllegalArgumentException(
                origin + ": etcd's configuration file is not read: give its settings as flags or variables");
    }

    private String nextValue(String name) {
        if (FlagNames.isSwitch(name)) {
            return "true";
        }
        if (next < arguments.size()) {
            return arguments.get(next++);
        }
        throw new IllegalArgumentException("--" + name + " has no value: write --" + name + " value");
    }
}
