package io.github.etcdproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.internal.snapshot.LastKnownGood;
import io.github.etcdproxy.internal.snapshot.Outage;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.VirtualTime;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Interleavings of events, replayed on one thread. */
class RecoveryProberTest {
    private static final EtcdUrl URL = EtcdUrl.of("http://a:2379");

    private final VirtualTime time = new VirtualTime();
    private final LastKnownGood lastKnownGood = new LastKnownGood();
    private final List<EtcdUrl> alive = new ArrayList<>();
    private final RecoveryProber prober = new RecoveryProber(
            TestOptions.builder().listenClientUrls("http://localhost:2379").build(),
            time.tasks(),
            lastKnownGood,
            new MemberStateSink() {
                @Override
                public void responded(EtcdUrl url, long beganAt) {
                    alive.add(url);
                }

                @Override
                public void failed(EtcdUrl url, String reason, MemberProbe probe) {}

                @Override
                public boolean isKnown(EtcdUrl url) {
                    return true;
                }

                @Override
                public boolean isClosed() {
                    return false;
                }
            });
    private final MemberProbe memberProbe = new MemberProbe(
            request -> new PeerResponse(200, Map.of(), InputStream.nullInputStream()), Duration.ofSeconds(1));

    private static Outage outage(int failures) {
        return new Outage(failures, 0, 0, Duration.ofSeconds(5), "refused");
    }

    private void down(int failures) {
        List<EtcdUrl> urls = List.of(URL);
        lastKnownGood.adopt(
                new Cluster(URL, "1f", List.of(new Member(1, "a", urls, urls, false))), urls, new Random(1));
        lastKnownGood.succeeded(URL, 0);
        lastKnownGood.failed(URL, outage(failures));
    }

    @Test
    void lateCancel_ofEarlierOutage_isIgnored() {
        down(2);
        prober.schedule(URL, outage(2), memberProbe);
        prober.cancel(URL, outage(1));
        time.advance(Duration.ofSeconds(5));

        assertThat(alive).containsExactly(URL);
    }

    @Test
    void lateSchedule_ofEarlierOutage_isIgnored() {
        down(2);
        prober.schedule(URL, outage(2), memberProbe);
        prober.schedule(URL, outage(1), memberProbe);
        time.advance(Duration.ofSeconds(5));

        assertThat(alive).containsExactly(URL);
    }

    @Test
    void nothingIsScheduledAfterClose() {
        down(1);
        prober.schedule(URL, outage(1), memberProbe);
        assertThat(time.pending()).isEqualTo(1);
        prober.close();
        prober.schedule(URL, outage(1), memberProbe);

        assertThat(time.pending()).isZero();
    }
}
