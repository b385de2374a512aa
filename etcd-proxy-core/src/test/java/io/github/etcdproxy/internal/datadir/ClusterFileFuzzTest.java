package io.github.etcdproxy.internal.datadir;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.fuzz.Fuzz;
import io.github.etcdproxy.fuzz.Mutator;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every content of the file gives peers or an error. */
@Tag("once")
@Timeout(120)
class ClusterFileFuzzTest {

    @Test
    void contents() {
        Mutator mutator = new Mutator(
                1,
                List.of(
                        "{\"PeerURLs\":[\"http://10.0.1.10:2380\",\"https://[2001:db8::1]:2380\"]}",
                        "{\"PeerURLs\":null}"));
        int accepted = 0;
        for (int i = 0; i < Fuzz.INPUTS; i++) {
            accepted += Fuzz.accepts(
                            mutator.nextBytes(),
                            DataDir::parse,
                            Set.of(IOException.class, IllegalArgumentException.class))
                    ? 1
                    : 0;
        }
        assertThat(accepted).isBetween(Fuzz.INPUTS / 1000, Fuzz.INPUTS - Fuzz.INPUTS / 1000);
    }
}
