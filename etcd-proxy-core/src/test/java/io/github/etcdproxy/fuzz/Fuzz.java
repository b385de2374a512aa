package io.github.etcdproxy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;

/** Feeds inputs to a parser and checks that it throws only its declared exceptions. */
public final class Fuzz {
    /** The number of inputs for each parser; set by {@code -Dfuzz.inputs}. */
    public static final int INPUTS = Integer.getInteger("fuzz.inputs", 100_000);

    private Fuzz() {}

    /** A parser under test. */
    @FunctionalInterface
    public interface Parser<T> {
        /** Parses one input. */
        Object parse(T input) throws Exception;
    }

    /** Parses one input; an exception must have one of the types and a message. */
    public static <T> boolean accepts(T input, Parser<T> parser, Set<Class<? extends Exception>> allowed) {
        try {
            parser.parse(input);
            return true;
        } catch (Exception | StackOverflowError e) {
            String shown = input instanceof byte[] bytes
                    ? Arrays.toString(bytes)
                    : input instanceof Object[] words ? Arrays.toString(words) : String.valueOf(input);
            assertThat(allowed.stream().anyMatch(type -> type.equals(e.getClass())))
                    .as("%s threw %s", shown, e)
                    .isTrue();
            assertThat(e.getMessage()).as(shown).isNotBlank().hasSizeLessThan(100_000);
            return false;
        }
    }
}
