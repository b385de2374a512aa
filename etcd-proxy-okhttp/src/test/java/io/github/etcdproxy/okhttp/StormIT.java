package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProxyProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.okhttp.StormLoad.Verdict;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real etcd behind links that are cut, lose, stall and refuse at random. Through the same links, at the same time, the
 * same load goes through {@code etcd --proxy on}, whose figures are printed beside ours.
 *
 * <p>{@code -Dstorm.seconds} sets the duration, {@code -Dstorm.seed} the sequence of faults.
 */
@Tag("once")
class StormIT {

    @Test
    @Timeout(300)
    void storm_losesAndDuplicatesNothing() throws Exception {
        int seconds = Integer.getInteger("storm.seconds", 60);
        long seed = Long.getLong("storm.seed", System.nanoTime());
        Map<String, FaultyLink> links = new ConcurrentHashMap<>();
        EtcdBinary binary = EtcdBinary.forTest();
        try (ProcessCluster cluster = ProcessCluster.start(
                        binary,
                        3,
                        clientUrl -> links.computeIfAbsent(
                                        clientUrl,
                                        url -> new FaultyLink(URI.create(url).getPort()))
                                .url());
                EtcdProxyProcess original = EtcdProxyProcess.start(binary, cluster.initialCluster(), "on");
                EtcdProxy proxy = EtcdProxy.builder()
                        .listenClientUrls(RealEtcd.LISTEN)
                        .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                        .start()) {
            proxy.awaitReady(Duration.ofSeconds(20));
            OkHttpClient direct = RealEtcd.client().build();
            StormLoad ours =
                    new StormLoad("etcd-proxy", proxy.wrap(RealEtcd.client().build()), RealEtcd.LISTEN);
            StormLoad theirs = new StormLoad("etcd--proxy-on", RealEtcd.client().build(), original.url());
            List<FaultyLink> ofMembers = cluster.members().stream()
                    .map(member -> links.get(member.clientUrl()))
                    .toList();
            try (ours;
                    theirs) {
                new Storm(ofMembers, seed).rageFor(seconds);
            }
            Verdict ofOurs = ours.verdict(direct, cluster.members().get(0).clientUrl());
            Verdict ofTheirs = theirs.verdict(direct, cluster.members().get(0).clientUrl());
            System.out.println("storm of " + seconds + " s, seed " + seed);
            System.out.println(ours.figures(ofOurs));
            System.out.println(theirs.figures(ofTheirs));

            assertThat(ours.failedReads).isEmpty();
            assertThat(ofOurs).isEqualTo(new Verdict(0, 0, 0));
            assertThat(ours.swapsBeatenByThemselves).hasValue(0);
            assertThat(ours.acknowledged.size()).isGreaterThan(seconds * 10);
        } finally {
            links.values().forEach(FaultyLink::close);
        }
    }
}
