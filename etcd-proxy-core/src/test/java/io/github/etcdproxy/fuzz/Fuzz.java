package io.github.etcdproxy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;

/** Feeds a parser with inputs and sees that it throws nothing but what it says it may. */
public final class Fuzz {
    /** So many inputs for each parser; {@code -Dfuzz.inputs} says how many. */
    public static final int INPUTS = Integer.getInteger("fuzz.inputs", 100_000);

    private Fuzz() {}

    /** Something that parses. */
    @FunctionalInterface
    public interface Parser<T> {
        /** Parses one input. */
        Object parse(T input) throws Exception;
    }

    /** Parses one input; whatever is thrown must be of one of the types, with a sentence in it. */
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
