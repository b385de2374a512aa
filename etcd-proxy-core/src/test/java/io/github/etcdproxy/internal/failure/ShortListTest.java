package io.github.etcdproxy.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShortListTest {

    @Test
    void join_showsFirstItemsAndCountsTheOthers() {
        assertThat(ShortList.join(List.of(), ", ")).isEmpty();
        assertThat(ShortList.join(List.of(1), ", ")).isEqualTo("1");
        assertThat(ShortList.join(Collections.nCopies(10, 1), ",")).isEqualTo("1,1,1,1,1,1,1,1,1,1");
        assertThat(ShortList.join(Collections.nCopies(960, 1), ",")).isEqualTo("1,1,1,1,1,1,1,1,1,1 and 950 more");
        assertThat(ShortList.join(List.of(1, 2), 1000, "; ")).isEqualTo("1; 2 and 998 more");
    }
}
