package io.github.etcdproxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.Test;

class ManyPeersTest {

    @Test
    void manyUnusableTargets_areCounted() {
        SrvAnswer answer = SrvAnswer.of("a", Collections.nCopies(1000, new SrvTarget(0, 0, 0, "a")));

        assertThat(answer.problem())
                .startsWith("no record has a usable host and port, but \"a\" port 0, ")
                .endsWith(" and 990 more")
                .hasSizeLessThan(300);
    }
}
