package io.github.etcdproxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.fuzz.Fuzz;
import io.github.etcdproxy.fuzz.Mutator;
import io.github.etcdproxy.internal.backoff.Sleeper;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every input of a user or a discovery service gives peers or an error with a message. */
@Tag("once")
@Timeout(120)
class DiscoveryFuzzTest {

    private interface Source {
        PeerDiscovery of(String text);
    }

    private static void userWrites(long seed, Source source, String... right) {
        Mutator mutator = new Mutator(seed, List.of(right));
        int accepted = 0;
        for (int i = 0; i < Fuzz.INPUTS; i++) {
            accepted += Fuzz.accepts(mutator.next(), source::of, Set.of(IllegalArgumentException.class)) ? 1 : 0;
        }
        assertThat(accepted).isBetween(Fuzz.INPUTS / 1000, Fuzz.INPUTS - Fuzz.INPUTS / 1000);
    }

    @Test
    void initialClusters() {
        userWrites(
                1,
                PeerDiscovery::initialCluster,
                "infra0=http://10.0.1.10:2380,infra1=https://[2001:db8::1]:2380",
                "a=http://a_b.example.com:1,a=http://b:2");
    }

    @Test
    void tokenUrls() {
        userWrites(2, PeerDiscovery::token, "https://discovery.example.com/3e86b599", "http://h:1/v2/keys/a?x=y");
    }

    @Test
    void tokensAndTheirEndpoints() {
        userWrites(3, text -> PeerDiscovery.tokenV3(text, "http://a:1"), "3e86b599");
        userWrites(4, text -> PeerDiscovery.tokenV3("t", text), "http://a:1,http://b:2");
    }

    @Test
    void domains() {
        userWrites(5, PeerDiscovery::dnsSrv, "example.com", "a-b.example.com.", "bücher.example");
        userWrites(6, text -> PeerDiscovery.dnsSrv("example.com").serviceName(text), "blue", "a-b");
    }

    /** A service that answers each request with the next input. */
    private static DiscoveryContext answering(Mutator mutator, Random random) {
        int[] statuses = {200, 200, 200, 201, 400, 404, 412, 500, 301};
        PeerTransport transport = request -> {
            if (random.nextInt(50) == 0) {
                throw new IOException("refused");
            }
            return new PeerResponse(
                    statuses[random.nextInt(statuses.length)],
                    Map.of("x-etcd-index", mutator.next(), "location", "/elsewhere"),
                    new ByteArrayInputStream(mutator.nextBytes()));
        };
        int[] patience = {20};
        Sleeper sleeper = duration -> {
            if (patience[0]-- == 0) {
                throw new InterruptedException("waits for ever, as it should");
            }
        };
        return new DiscoveryContext(transport, sleeper, random, what -> {});
    }

    private static void serviceAnswers(PeerDiscovery source, String... right) {
        Mutator mutator = new Mutator(9, List.of(right));
        Random random = new Random(9);
        int found = 0;
        for (int i = 0; i < Fuzz.INPUTS / 2; i++) {
            boolean accepted = Fuzz.accepts(
                    i,
                    n -> source.discover(answering(mutator, random)),
                    Set.of(DiscoveryException.class, IOException.class, InterruptedException.class));
            found += accepted ? 1 : 0;
        }
        assertThat(found).isLessThan(Fuzz.INPUTS / 2);
    }

    @Test
    void answersOfTheV2Service() {
        serviceAnswers(
                PeerDiscovery.token("http://d:1/v2/keys/t"),
                "{\"action\":\"get\",\"node\":{\"key\":\"/t/_config/size\",\"value\":\"1\",\"modifiedIndex\":4,\"createdIndex\":4}}",
                "{\"action\":\"get\",\"node\":{\"key\":\"/t\",\"dir\":true,\"nodes\":[{\"key\":\"/t/a\",\"value\":\"i0=http://a:1\","
                        + "\"modifiedIndex\":5,\"createdIndex\":5}],\"modifiedIndex\":4,\"createdIndex\":4}}",
                "{\"action\":\"create\",\"node\":{\"key\":\"/t/b\",\"value\":\"i1=http://b:1\",\"modifiedIndex\":7,\"createdIndex\":7}}",
                "{\"errorCode\":401,\"message\":\"The event in requested index is outdated and cleared\",\"cause\":\"x\",\"index\":9}",
                "{\"errorCode\":100,\"message\":\"Key not found\",\"cause\":\"/t\",\"index\":9}",
                "3",
                "");
    }

    @Test
    void answersOfTheV3Service() {
        serviceAnswers(
                PeerDiscovery.tokenV3("t", "http://d:1"),
                "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"L19ldGNk\",\"value\":\"MQ==\",\"create_revision\":\"3\"}]}",
                "{\"header\":{\"revision\":\"4\"},\"kvs\":[{\"key\":\"L19ldGNk\",\"value\":\"aTA9aHR0cDovL2E6MQ==\","
                        + "\"create_revision\":\"3\"}]}",
                "{\"result\":{\"header\":{\"revision\":\"5\"},\"created\":true}}\n{\"result\":{\"header\":{\"revision\":\"6\"},"
                        + "\"events\":[{\"kv\":{\"key\":\"L19ldGNk\",\"value\":\"aTA9aHR0cDovL2E6MQ==\",\"mod_revision\":\"6\"}}]}}\n",
                "{\"result\":{\"canceled\":true,\"compact_revision\":\"9\"}}\n",
                "{\"error\":\"etcdserver: no leader\",\"code\":14}");
    }
}
