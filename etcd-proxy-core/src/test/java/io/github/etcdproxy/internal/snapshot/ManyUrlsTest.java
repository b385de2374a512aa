package io.github.etcdproxy.internal.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ManyUrlsTest {
    private static final int URLS = 300;

    private long read;

    /** Counts how often an element is read. Searching the list for each of its elements takes 45 150 reads. */
    private List<EtcdUrl> counted(List<EtcdUrl> urls) {
        return new AbstractList<>() {
            @Override
            public EtcdUrl get(int index) {
                read++;
                return urls.get(index);
            }

            @Override
            public int size() {
                return urls.size();
            }
        };
    }

    @Test
    void refresh_withAllMembersDown_readsTheListAFewTimes() {
        List<EtcdUrl> urls = IntStream.rangeClosed(1, URLS)
                .mapToObj(port -> new EtcdUrl("http", "a", port))
                .toList();
        Cluster cluster = new Cluster(urls.get(0), "1f", List.of());
        LastKnownGood known = new LastKnownGood();
        known.adopt(cluster, urls, new Random(1));
        for (EtcdUrl url : urls) {
            known.failed(url, new Outage(1, 0, 0, Duration.ZERO, "refused"));
        }
        known.adopt(cluster, counted(urls), new Random(1));

        assertThat(known.get().available()).isEmpty();
        assertThat(known.get().urls()).hasSize(URLS);
        assertThat(read).isBetween((long) URLS, 10L * URLS);
    }
}
