package io.github.etcdproxy.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Mutates valid inputs into almost valid ones. The same seed gives the same inputs. */
public final class Mutator {
    /** Texts that parsers are known to mishandle. */
    private static final List<String> ODD = List.of(
            "",
            " ",
            "\0",
            "\n",
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            ",",
            ",,",
            "=",
            "==",
            "-",
            "--",
            ":",
            "://",
            "/",
            "//",
            "@",
            "#",
            "?",
            "%",
            "%zz",
            "%00",
            ".",
            "..",
            "*",
            "0",
            "-1",
            "1e999",
            "NaN",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "0x10",
            "null",
            "true",
            "http://",
            "https://[::1]:2379",
            "http://[::",
            "http://a:99999",
            "ftp://a:1",
            "http://u:p@a:1",
            "é",
            "\u202e",
            "\ud83d\ude00",
            "\ud83d",
            "ETCD_",
            "--proxy",
            "infra0=http://a:1",
            "\\u0000",
            "\\ud800",
            "\ufeff");

    private final Random random;
    private final List<String> seeds;

    /**
     * Creates a source of inputs.
     *
     * @param seed of the random numbers
     * @param seeds valid inputs
     */
    public Mutator(long seed, List<String> seeds) {
        this.random = new Random(seed);
        this.seeds = seeds;
    }

    /** The next input. */
    public String next() {
        String text = seeds.get(random.nextInt(seeds.size()));
        for (int changes = random.nextInt(5); changes >= 0; changes--) {
            text = changed(text);
        }
        return text.length() < 20_000 ? text : text.substring(0, 20_000);
    }

    /** The next input as bytes, not necessarily UTF-8. */
    public byte[] nextBytes() {
        byte[] bytes = next().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && random.nextInt(4) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** The next input as words. */
    public String[] nextWords() {
        List<String> words = new ArrayList<>(List.of(next().split(" ", -1)));
        if (random.nextInt(3) == 0) {
            words.add(random.nextInt(words.size() + 1), odd());
        }
        return words.toArray(String[]::new);
    }

    private String odd() {
        return ODD.get(random.nextInt(ODD.size()));
    }

    private String changed(String text) {
        int from = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), from + random.nextInt(8));
        return switch (random.nextInt(7)) {
            case 0 -> text.substring(0, from); // cut
            case 1 -> text.substring(0, from) + odd() + text.substring(from); // put in
            case 2 -> text.substring(0, from) + text.substring(to); // take out
            case 3 -> text.substring(0, from) + odd() + text.substring(to); // exchange
            case 4 -> text.substring(0, from) + (char) random.nextInt(0x300) + text.substring(from);
            case 5 -> text + text.substring(from); // repeat
            default -> text.substring(0, to) + text.substring(from, to).repeat(random.nextInt(30)) + text.substring(to);
        };
    }
}
